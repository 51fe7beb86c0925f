const {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} = require('@aws-sdk/client-bedrock-agentcore')
const { startEmulator } = require('agentcore-identity-emulator')

// The emulator runs in this process, on a free port. Each test file can have its own.
let emulator
let identity
beforeAll(async () => {
  emulator = await startEmulator({ vendor: true })
  const [credentials] = emulator.credentials
  identity = new BedrockAgentCoreClient({ endpoint: emulator.url, region: emulator.region, credentials })
})
afterEach(() => emulator.reset())
afterAll(() => emulator.close())

/** Your application’s request for a token. */
async function requestToken(userId) {
  const { workloadName, providerName, returnUrl } = emulator.builtIn
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

const bind = (sessionUri, userId) =>
  identity.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId } }))

test('a user who consents has a token, and it is that user’s', async () => {
  const { accessToken, sessionUri } = await requestToken('alice')
  expect(accessToken).toBeUndefined()

  const { location } = await emulator.consent(sessionUri, { as: 'alice' })
  expect(new URL(location).searchParams.get('session_id')).toBe(sessionUri)
  await bind(sessionUri, 'alice')

  const token = (await requestToken('alice')).accessToken
  const answer = await fetch(`${emulator.url}/vendor/whoami`, { headers: { authorization: `Bearer ${token}` } })
  expect(await answer.json()).toMatchObject({ user: 'alice' })
})

test('another user cannot bind the session, and has no token', async () => {
  const { sessionUri } = await requestToken('alice')
  await emulator.consent(sessionUri, { as: 'alice' })
  await expect(bind(sessionUri, 'mallory')).rejects.toThrow()
  expect((await requestToken('mallory')).accessToken).toBeUndefined()
})

test('an expired token is refreshed without a question', async () => {
  const { sessionUri } = await requestToken('alice')
  await emulator.consent(sessionUri, { as: 'alice' })
  await bind(sessionUri, 'alice')
  const { accessToken: first } = await requestToken('alice')

  emulator.clock.advance(2 * 3600)
  const { accessToken: second } = await requestToken('alice')
  expect(second).toEqual(expect.any(String))
  expect(second).not.toBe(first)
})
