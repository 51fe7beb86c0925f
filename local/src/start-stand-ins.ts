import { mcpResourceOf, ROUTES } from '@agent-identity/contracts'
import { loadStandIn } from '@agent-identity/providers/stand-ins'
import { listenOnLoopback, type People } from '@agent-identity/stand-in-kit'
import type { CleanUp } from './clean-up.ts'
import type { LocalStackOptions } from './local-stack.ts'
import { APPLICATION_NAME, type Settings } from './settings.ts'
import { createSignIn } from './sign-in/create-sign-in.ts'
import type { SignInHabit } from './sign-in/habits.ts'
import { MCP_SCOPE } from './sign-in/mcp-clients.ts'

interface Setting {
  habit: SignInHabit
  withMcp: boolean
  vendorVariants?: LocalStackOptions['vendorVariants']
  vendorHabits?: LocalStackOptions['vendorHabits']
}

export async function startStandIns(
  settings: Settings,
  people: People,
  cleanUp: CleanUp,
  { habit, withMcp, vendorVariants = {}, vendorHabits = {} }: Setting,
): Promise<void> {
  const { app, signIn, signInClient, mcpClientId, vendors, providerClients } = settings
  const common = { people, applicationName: APPLICATION_NAME }
  const start = async (url: string, create: Promise<Parameters<typeof listenOnLoopback>[0]>) => {
    const { close } = await listenOnLoopback(await create, Number(new URL(url).port))
    cleanUp.add(close)
  }
  const atSignIn = [...providerClients].filter(([id]) => !(id in vendors)).map(([, client]) => client)
  await Promise.all([
    start(
      signIn,
      createSignIn({
        ...common,
        issuer: signIn,
        client: signInClient,
        redirectUri: new URL(ROUTES.signInRedirect, app).href,
        postLogoutRedirectUri: new URL(ROUTES.signedOut, app).href,
        backChannelLogoutUri: new URL(ROUTES.backChannelLogout, app).href,
        habit,
        ...(withMcp && { mcp: { resource: mcpResourceOf(app), scope: MCP_SCOPE, clientId: mcpClientId } }),
        providerClients: atSignIn.map(({ id, secret, callbackUrl }) => ({ id, secret, redirectUri: callbackUrl })),
      }),
    ),
    ...Object.entries(vendors).map(async ([id, origin]) => {
      const client = providerClients.get(id)
      if (!client) throw new Error(`The stand-in of ${id} has no client`)
      const { create } = await loadStandIn(id)
      const itsSignIn = { issuer: signIn, clientId: signInClient.id }
      const variant = vendorVariants[id]
      const habits = vendorHabits[id] ?? []
      const its = { origin, client, redirectUri: client.callbackUrl, signIn: itsSignIn, habits }
      await start(origin, create({ ...common, ...its, ...(variant && { variant }) }))
    }),
  ])
}
