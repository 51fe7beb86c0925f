import { ROUTES } from '@agent-identity/contracts'
import type { CleanUp } from './clean-up.ts'
import { listenOnLoopback } from './listen.ts'
import type { People } from './people.ts'
import { APPLICATION_NAME, type Settings } from './settings.ts'
import { createSignIn } from './sign-in/create-sign-in.ts'
import type { SignInHabit } from './sign-in/habits.ts'
import { createGithub } from './vendors/github/create-github.ts'
import { createGoogleCalendar } from './vendors/google-calendar/create-google-calendar.ts'

/** Sign-in and the two vendors, in this process. Resolves when they answer. */
export async function startStandIns(
  settings: Settings,
  people: People,
  cleanUp: CleanUp,
  habit: SignInHabit,
): Promise<void> {
  const { app, signIn, signInClient, vendors, providerClients } = settings
  const common = { people, applicationName: APPLICATION_NAME }
  const vendor = (provider: keyof typeof vendors) => ({
    ...common,
    origin: vendors[provider],
    client: providerClients[provider],
    redirectUri: providerClients[provider].callbackUrl,
  })
  const standIns = {
    [signIn]: createSignIn({
      ...common,
      issuer: signIn,
      habit,
      client: signInClient,
      redirectUri: new URL(ROUTES.signInRedirect, app).href,
      postLogoutRedirectUri: new URL(ROUTES.signedOut, app).href,
      backChannelLogoutUri: new URL(ROUTES.backChannelLogout, app).href,
      profileClient: { ...providerClients.profile, redirectUri: providerClients.profile.callbackUrl },
    }),
    [vendors.github]: createGithub(vendor('github')),
    [vendors['google-calendar']]: createGoogleCalendar(vendor('google-calendar')),
  }
  await Promise.all(
    Object.entries(standIns).map(async ([url, standIn]) => {
      const { close } = await listenOnLoopback(await standIn, Number(new URL(url).port))
      cleanUp.add(close)
    }),
  )
}
