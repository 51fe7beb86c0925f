import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import { type Emulator, startEmulator } from 'agentcore-identity-emulator'
import { test as base, expect } from 'vitest'

type Identity = { emulator: Emulator; identity: BedrockAgentCoreClient }

/** An emulator for each test file. A test that uses `identity` begins with an empty vault. */
const test = base.extend<Pick<Identity, 'identity'>, Record<never, never>, Pick<Identity, 'emulator'>>({
  emulator: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the pattern.
    async ({}, use) => {
      const emulator = await startEmulator({ vendor: true })
      await use(emulator)
      await emulator.close()
    },
    { scope: 'file' },
  ],
  identity: async ({ emulator }, use) => {
    emulator.reset()
    const [credentials] = emulator.credentials
    if (credentials === undefined) throw new Error('One is generated')
    await use(new BedrockAgentCoreClient({ endpoint: emulator.url, region: emulator.region, credentials }))
  },
})

/** Your application’s request for a token. */
async function requestToken({ emulator, identity }: Identity, userId: string) {
  const { workloadName, providerName, returnUrl } = emulator.builtIn ?? {}
  const minted = await identity.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }))
  return identity.send(
    new GetResourceOauth2TokenCommand({
      workloadIdentityToken: minted.workloadAccessToken,
      resourceCredentialProviderName: providerName,
      scopes: ['notes:read'],
      oauth2Flow: 'USER_FEDERATION',
      resourceOauth2ReturnUrl: returnUrl,
    }),
  )
}

test('a user who consents has a token, and it is that user’s', async ({ emulator, identity }) => {
  const { accessToken, sessionUri = '' } = await requestToken({ emulator, identity }, 'alice')
  expect(accessToken).toBeUndefined()

  const { location } = await emulator.consent(sessionUri, { as: 'alice' })
  expect(new URL(location).searchParams.get('session_id')).toBe(sessionUri)
  const userIdentifier = { userId: 'alice' }
  await identity.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier }))

  const { accessToken: token } = await requestToken({ emulator, identity }, 'alice')
  const answer = await fetch(`${emulator.url}/vendor/whoami`, { headers: { authorization: `Bearer ${token}` } })
  expect(await answer.json()).toMatchObject({ user: 'alice' })
})

test('without consent there is no token', async ({ emulator, identity }) => {
  const asked = await requestToken({ emulator, identity }, 'alice')
  expect(asked.accessToken).toBeUndefined()
  expect(asked.authorizationUrl).toContain(emulator.url)
  expect(emulator.calls().map(({ operation }) => operation)).toContain('GetResourceOauth2Token')
})
