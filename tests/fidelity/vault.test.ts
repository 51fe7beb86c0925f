import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ChangedRequest, useConnectedUsers } from './support/connected-users.ts'
import { complete, consent, mintForJwt, mintForUserId, requestToken } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'

const { vendor, used, connectedUser } = useConnectedUsers()
const issuer = new Issuer()
beforeAll(() => issuer.start())
afterAll(() => issuer.close())

describe('the vault finds a token again', () => {
  test.each<[string, ChangedRequest, ChangedRequest]>([
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

  test.each<[string, ChangedRequest]>([
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
    const { ask, finish, accessToken } = await connectedUser()
    const forced = await ask({ forceAuthentication: true })
    await finish(forced)
    const renewed = await ask({ sessionUri: forced.sessionUri })
    expect(renewed.accessToken).toMatch(/^access-/)
    expect(renewed.accessToken).not.toBe(accessToken)
  })
})

test('a token without expires_in is valid after five years', async () => {
  const { ask, accessToken } = await connectedUser()
  used.emulator.clock.advance(5 * 365 * 24 * 3600)
  expect(await ask()).toEqual({ accessToken })
})
