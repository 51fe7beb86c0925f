import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { complete, consent, mintForJwt, mintForUserId, RETURN_URL, requestToken } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { useEmulator } from './support/subject.ts'
import { json, Vendor } from './support/vendor.ts'

const vendor = new Vendor()
const issuer = new Issuer()
beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
afterAll(() => Promise.all([vendor.close(), issuer.close()]))

const provider = (name: string) => ({
  name,
  credentialProviderVendor: 'GithubOauth2',
  oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
  endpoints: vendor.endpoints,
})
const used = useEmulator(() => ({
  workloadIdentities: ['agent', 'other-agent'].map((name) => ({ name, allowedResourceOauth2ReturnUrls: [RETURN_URL] })),
  oauth2CredentialProviders: [provider('github'), provider('other')],
}))

type Extra = Partial<Parameters<typeof requestToken>[1]>

/** A user with a vaulted token. `ask` repeats the request with changes. */
async function connectedUser(extra: Extra = {}) {
  const userId = crypto.randomUUID()
  const ask = async (changed: Extra = {}, workload = 'agent') =>
    requestToken(used.subject, {
      workloadIdentityToken: await mintForUserId(used.subject, workload, userId),
      resourceCredentialProviderName: 'github',
      scopes: ['read', 'write'],
      ...extra,
      ...changed,
    })
  const { authorizationUrl, sessionUri } = await ask()
  await consent(authorizationUrl)
  await complete(used.subject, sessionUri, { userId })
  const { accessToken } = await ask()
  return { userId, ask, accessToken: accessToken as string }
}

describe('the vault finds a token again', () => {
  test.each<[string, Extra, Extra]>([
    ['the same request', {}, {}],
    ['scopes in another order', {}, { scopes: ['write', 'read'] }],
    ['a scope named twice', {}, { scopes: ['write', 'read', 'read'] }],
    ['another customState', {}, { customState: 'other' }],
    [
      'custom parameters in another order',
      { customParameters: { a: '1', b: '2' } },
      { customParameters: { b: '2', a: '1' } },
    ],
  ])('for %s', async (_case, extra, changed) => {
    const { ask, accessToken } = await connectedUser(extra)
    expect(await ask(changed)).toEqual({ accessToken })
  })

  test.each<[string, Extra]>([
    ['fewer scopes', { scopes: ['read'] }],
    ['more scopes', { scopes: ['read', 'write', 'admin'] }],
    ['no scopes', { scopes: [] }],
    ['another provider', { resourceCredentialProviderName: 'other' }],
    ['custom parameters', { customParameters: { access_type: 'offline' } }],
    ['a resource', { resources: ['https://api.example'] }],
    ['an audience', { audiences: ['https://api.example'] }],
  ])('and does not return it for %s', async (_case, changed) => {
    const { ask } = await connectedUser()
    const answer = await ask(changed)
    expect(answer).not.toHaveProperty('accessToken')
    expect(answer).toHaveProperty('authorizationUrl')
  })

  test('nor to another workload, nor to another user', async () => {
    const { ask } = await connectedUser()
    expect(await ask({}, 'other-agent')).not.toHaveProperty('accessToken')
    const workloadIdentityToken = await mintForUserId(used.subject, 'agent', 'somebody else')
    expect(await ask({ workloadIdentityToken })).not.toHaveProperty('accessToken')
  })

  test('a JWT user differs from the user id of the same name; a fresh JWT of the same user is the same', async () => {
    const sub = crypto.randomUUID()
    const userToken = issuer.token(sub)
    const ask = async (workloadIdentityToken: string) =>
      requestToken(used.subject, { workloadIdentityToken, resourceCredentialProviderName: 'github' })
    const { authorizationUrl, sessionUri } = await ask(await mintForJwt(used.subject, 'agent', userToken))
    await consent(authorizationUrl)
    await complete(used.subject, sessionUri, { userToken })
    expect(await ask(await mintForJwt(used.subject, 'agent', issuer.token(sub)))).toHaveProperty('accessToken')
    expect(await ask(await mintForUserId(used.subject, 'agent', sub))).not.toHaveProperty('accessToken')
  })

  test('forgets everything of a provider that is deleted, even when its name is reused', async () => {
    const { DeleteOauth2CredentialProviderCommand } = await import('@aws-sdk/client-bedrock-agentcore-control')
    const create = () =>
      used.subject.createOauth2Provider({
        name: 'short-lived',
        credentialProviderVendor: 'CustomOauth2',
        oauth2ProviderConfigInput: {
          customOauth2ProviderConfig: {
            oauthDiscovery: { discoveryUrl: vendor.discoveryUrl },
            clientId: 'client',
            clientSecret: 'secret',
          },
        },
      })
    await create()
    const { ask } = await connectedUser({ resourceCredentialProviderName: 'short-lived' })
    await used.subject.control.send(new DeleteOauth2CredentialProviderCommand({ name: 'short-lived' }))
    await create()
    expect(await ask()).not.toHaveProperty('accessToken')
  })
})

describe('forceAuthentication', () => {
  test('asks the user again, and deletes the vaulted token', async () => {
    const { ask } = await connectedUser()
    expect(await ask({ forceAuthentication: true })).toHaveProperty('authorizationUrl')
    expect(await ask()).not.toHaveProperty('accessToken')
  })

  test('the new consent leads to the new token', async () => {
    const { userId, ask, accessToken } = await connectedUser()
    const { authorizationUrl, sessionUri } = await ask({ forceAuthentication: true })
    await consent(authorizationUrl)
    await complete(used.subject, sessionUri, { userId })
    const renewed = await ask({ sessionUri })
    expect(renewed.accessToken).toMatch(/^access-/)
    expect(renewed.accessToken).not.toBe(accessToken)
  })
})

describe('refresh', () => {
  beforeAll(() => {
    vendor.expiresIn = 3600
  })
  afterAll(() => {
    vendor.expiresIn = undefined
  })
  const refreshes = () =>
    vendor.tokenRequests.filter(({ parameters }) => parameters.get('grant_type') === 'refresh_token')

  test('not before the access token has expired, without a consent after that, with the rotated token the next time', async () => {
    const { ask, accessToken } = await connectedUser()
    const before = refreshes().length
    used.emulator.clock.advance(3540)
    expect(await ask()).toEqual({ accessToken })
    expect(refreshes()).toHaveLength(before)
    used.emulator.clock.advance(60)
    const second = await ask()
    expect(second.accessToken).not.toBe(accessToken)
    used.emulator.clock.advance(3600)
    expect((await ask()).accessToken).not.toBe(second.accessToken)
    const [first, rotated] = refreshes().slice(before)
    expect(refreshes()).toHaveLength(before + 2)
    expect(rotated?.parameters.get('refresh_token')).not.toBe(first?.parameters.get('refresh_token'))
  })

  test('concurrent callers share one', async () => {
    const { ask } = await connectedUser()
    const before = refreshes().length
    used.emulator.clock.advance(3600)
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask()))
    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(refreshes()).toHaveLength(before + 1)
  })

  test.each([
    [400, 'invalid_grant'],
    [401, 'invalid_client'],
    [200, 'bad_refresh_token'],
  ])('refused by the vendor (%i): the user is asked again, once', async (status, error) => {
    const { ask } = await connectedUser()
    used.emulator.clock.advance(3600)
    vendor.answerNext((response) => json(response, status, { error }))
    expect(await ask()).toHaveProperty('authorizationUrl')
    const before = refreshes().length
    expect(await ask()).toHaveProperty('authorizationUrl')
    expect(refreshes()).toHaveLength(before)
  })

  test.each<[number, object]>([
    [503, { error: 'temporarily_unavailable' }],
    [302, { error: 'moved' }],
    [403, { error: 'blocked' }],
    [400, { message: 'not an OAuth error' }],
  ])(
    'no refusal of OAuth (%i %j): the user is asked, and the refresh works once the vendor is back',
    async (status, body) => {
      const { ask } = await connectedUser()
      used.emulator.clock.advance(3600)
      vendor.answerNext((response) => json(response, status, body))
      expect(await ask()).toHaveProperty('authorizationUrl')
      expect(await ask()).toHaveProperty('accessToken')
    },
  )

  test('a refresh without a new refresh token keeps the old one', async () => {
    const { ask } = await connectedUser()
    for (const accessToken of ['first', 'second']) {
      used.emulator.clock.advance(3600)
      vendor.answerNext((response) =>
        json(response, 200, { access_token: accessToken, token_type: 'bearer', expires_in: 3600 }),
      )
      expect(await ask()).toEqual({ accessToken })
    }
  })

  test('forced while a refresh is under way: the refreshed token is not stored', async () => {
    const { ask } = await connectedUser()
    used.emulator.clock.advance(3600)
    const arrived = Promise.withResolvers<() => void>()
    vendor.answerNext((response) =>
      arrived.resolve(() => json(response, 200, { access_token: 'late', token_type: 'bearer', expires_in: 3600 })),
    )
    const refreshing = ask()
    const release = await arrived.promise
    await ask({ forceAuthentication: true })
    release()
    expect(await refreshing).not.toHaveProperty('accessToken')
    expect(await ask()).not.toHaveProperty('accessToken')
  })

  test('an expired token without a refresh token: the user is asked again', async () => {
    vendor.answerNext((response) =>
      json(response, 200, { access_token: 'short', token_type: 'bearer', expires_in: '120' }),
    )
    const { ask } = await connectedUser()
    used.emulator.clock.advance(60)
    expect(await ask()).toEqual({ accessToken: 'short' })
    used.emulator.clock.advance(60)
    expect(await ask()).toHaveProperty('authorizationUrl')
  })

  test('a valid token is returned without asking the vendor: a revocation there goes unnoticed, as AWS documents', async () => {
    const { ask, accessToken } = await connectedUser()
    const before = vendor.tokenRequests.length
    expect(await ask()).toEqual({ accessToken })
    expect(vendor.tokenRequests).toHaveLength(before)
  })
})

test('a token without expires_in is valid after five years', async () => {
  const { ask, accessToken } = await connectedUser()
  used.emulator.clock.advance(5 * 365 * 24 * 3600)
  expect(await ask()).toEqual({ accessToken })
})
