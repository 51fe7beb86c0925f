import { GetResourceOauth2TokenCommand, GetWorkloadAccessTokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import {
  BedrockAgentCoreControlClient,
  CreateOauth2CredentialProviderCommand,
  GetOauth2CredentialProviderCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../index.ts'
import { askBuiltIn, connectBuiltIn, controlPost, whoami } from '../test-support/built-in-vendor.ts'
import { clientOf } from '../test-support/notes-vendor.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ vendor: true })
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

/** A precision of `expect.closeTo`, because time passes before a test reads a token's lifetime. */
const WITHIN_500 = -3

const get = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers, redirect: 'manual' })
const postForm = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${emulator.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form), redirect: 'manual' })
const requestOf = (page: string) => /name="request" value="([^"]+)"/.exec(page)?.[1] ?? ''
const location = (response: Response) => response.headers.get('location') ?? ''

async function openSignIn(more: Parameters<typeof askBuiltIn>[1] = {}) {
  const asked = await askBuiltIn(emulator, more)
  const left = await get(asked.authorizationUrl)
  const page = await get(location(left))
  const cookie = left.headers.get('set-cookie')?.split(';')[0] ?? ''
  const text = await page.text()
  return { ...asked, vendorUrl: location(left), cookie, page: text, request: requestOf(text) }
}

describe('the built-in authorization server', () => {
  test('leads a browser through sign-in and consent to the return URL, and identifies the token’s user', async () => {
    const { page, request, cookie, bind, get: token } = await openSignIn()
    expect(page).toContain('Sign in')
    const consent = await (await postForm('/vendor/sign-in', { request, as: 'bob' })).text()
    expect(consent).toContain('notes:read')
    const decided = await postForm('/vendor/consent', { request, decision: 'allow' })
    const returned = await get(location(decided), { cookie })
    expect(location(returned)).toContain(`${emulator.url}/vendor/return?session_id=urn:`)
    expect(await (await get(location(returned))).text()).toContain('Consent given')

    await bind()
    const accessToken = (await token()) ?? ''
    expect(await whoami(emulator, accessToken)).toEqual({
      status: 200,
      user: 'bob',
      clientId: 'emulator',
      scopes: ['notes:read'],
      expiresInSeconds: expect.closeTo(3600, WITHIN_500),
    })
  })

  test('returns a denial, which AgentCore’s callback answers with 400, and decides the request', async () => {
    const { request, cookie } = await openSignIn()
    await postForm('/vendor/sign-in', { request, as: 'alice' })
    const decided = await postForm('/vendor/consent', { request, decision: 'deny' })
    expect(location(decided)).toContain('error=access_denied')
    expect((await get(location(decided), { cookie })).status).toBe(400)
    expect((await postForm('/vendor/consent', { request, decision: 'allow' })).status).toBe(400)
  })

  test('does not consent without a sign-in, or for an unknown user', async () => {
    const { request } = await openSignIn()
    for (const as of ['mallory', '']) {
      expect(await (await postForm('/vendor/sign-in', { request, as })).text()).toContain('Who are you?')
      const decided = await postForm('/vendor/consent', { request, decision: 'allow' })
      expect([decided.status, await decided.text()]).toEqual([200, expect.stringContaining('Who are you?')])
    }
  })

  test('uses the user of a login hint', async () => {
    const { page } = await openSignIn({ customParameters: { login_hint: 'bob' } })
    expect(page).toContain('<strong>bob</strong>')
  })

  test.each([
    ['another redirect URI', { redirect_uri: 'https://attacker.example/' }],
    ['a longer redirect URI', { redirect_uri: '+/more' }],
    ['an unknown client', { client_id: 'other' }],
  ])('does not redirect to %s', async (_what, change: Record<string, string>) => {
    const url = new URL((await openSignIn()).vendorUrl)
    for (const [name, value] of Object.entries(change)) {
      const former = url.searchParams.get(name)
      url.searchParams.set(name, value.startsWith('+') ? `${former}${value.slice(1)}` : value)
    }
    const answer = await get(url.href)
    expect([answer.status, answer.headers.has('location')]).toEqual([400, false])
  })

  test.each([
    ['without a code challenge', 'code_challenge', 'invalid_request'],
    ['with a short code challenge', 'code_challenge', 'invalid_request', 'a'.repeat(42)],
    ['without a response type', 'response_type', 'invalid_request'],
    ['with another response type', 'response_type', 'unsupported_response_type', 'token'],
  ])('returns an error to the client for a request %s', async (_what, parameter, error, value = '') => {
    const url = new URL((await openSignIn()).vendorUrl)
    url.searchParams.set(parameter, value)
    expect(new URL(location(await get(url.href))).searchParams.get('error')).toBe(error)
  })

  test.each(['sign-in', 'consent', 'token', 'revocation'])(
    'refuses a POST to /vendor/%s without a form',
    async (route) => {
      for (const headers of [{}, { 'content-type': 'application/json' }]) {
        const { status } = await fetch(`${emulator.url}/vendor/${route}`, { method: 'POST', headers, body: '{}' })
        expect([400, 401]).toContain(status)
      }
      const recorded = emulator.calls().map(({ operation, status }) => ({ operation, status }))
      const failed = { operation: `vendor:${route}`, status: 401 }
      expect(recorded).toEqual(['token', 'revocation'].includes(route) ? [failed, failed] : [])
    },
  )

  test('serves no page under a rebound name', async () => {
    const { hostname, port } = new URL(emulator.url)
    const { request } = await import('node:http')
    const status = await new Promise((resolve) => {
      const options = { hostname, port, path: '/vendor/return', headers: { host: 'attacker.example' } }
      request(options, (response) => resolve(response.resume().statusCode)).end()
    })
    expect(status).toBe(403)
  })
})

describe('its tokens', () => {
  test('are refreshed when they have expired, again and again', async () => {
    const { token, get: again } = await connectBuiltIn(emulator)
    emulator.clock.advance(3601)
    const refreshed = (await again()) ?? ''
    expect(refreshed).not.toBe(token)
    expect([await whoami(emulator, token), await whoami(emulator, refreshed)]).toEqual([
      expect.objectContaining({ status: 401 }),
      expect.objectContaining({ user: 'alice' }),
    ])
    emulator.clock.advance(3601)
    expect((await whoami(emulator, (await again()) ?? '')).user).toBe('alice')
  })

  test('end when their user revokes the consent, and other users’ do not', async () => {
    const [alices, bobs] = [await connectBuiltIn(emulator), await connectBuiltIn(emulator, { as: 'bob', userId: 'b' })]
    expect(await controlPost(emulator, 'vendor/revoke', { as: 'alice' })).toEqual({ status: 200, body: { revoked: 1 } })
    expect((await whoami(emulator, alices.token)).status).toBe(401)
    expect((await whoami(emulator, bobs.token)).user).toBe('bob')
    emulator.clock.advance(3601)
    expect(await alices.get()).toBeUndefined()
  })

  test('expire on demand', async () => {
    const { token } = await connectBuiltIn(emulator)
    expect((await controlPost(emulator, 'vendor/expire')).body).toEqual({ expired: 1 })
    expect((await whoami(emulator, token)).status).toBe(401)
  })

  test('fail on demand, with OAuth’s errors', async () => {
    const { sessionUri, bind } = await askBuiltIn(emulator)
    await emulator.consent(sessionUri, { as: 'alice' })
    await controlPost(emulator, 'faults', { operation: 'vendor:token', error: 'invalid_grant' })
    await expect(bind()).rejects.toThrow('Error parsing ClientCredentials response')
    const tokens = emulator.calls().filter(({ operation }) => operation === 'vendor:token')
    expect(tokens).toMatchObject([{ status: 400 }])
  })

  test('are issued without an answer on demand', async () => {
    const { token } = await connectBuiltIn(emulator)
    await controlPost(emulator, 'faults', { operation: 'vendor:whoami', dropReply: true, times: 1 })
    await expect(whoami(emulator, token)).rejects.toThrow('fetch failed')
    expect(emulator.calls().at(-1)).toMatchObject({ operation: 'vendor:whoami', status: 200, user: 'alice' })
    await controlPost(emulator, 'faults', { operation: 'vendor:token', dropReply: true, times: 1 })
    const asked = await askBuiltIn(emulator, { userId: 'bob' })
    await emulator.consent(asked.sessionUri, { as: 'bob' })
    await expect(asked.bind()).rejects.toThrow()
    const recorded = emulator.calls().filter(({ operation }) => operation === 'vendor:token')
    expect(recorded.at(-1)).toMatchObject({ status: 200, user: 'bob' })
  })

  test('are for the client alone without a user', async () => {
    const client = clientOf(emulator)
    const { workloadAccessToken } = await client.send(new GetWorkloadAccessTokenCommand({ workloadName: 'agent' }))
    const { accessToken = '' } = await client.send(
      new GetResourceOauth2TokenCommand({
        workloadIdentityToken: workloadAccessToken,
        resourceCredentialProviderName: 'vendor',
        scopes: [],
        oauth2Flow: 'M2M',
      }),
    )
    expect(await whoami(emulator, accessToken)).toMatchObject({ status: 200, user: null })
  })

  test('are not issued to a client without its secret', async () => {
    const form = { grant_type: 'client_credentials', client_id: 'emulator', client_secret: 'guessed' }
    expect((await postForm('/vendor/token', form)).status).toBe(401)
    const authorization = `Basic ${Buffer.from('emulator:guessed').toString('base64')}`
    expect((await postForm('/vendor/revocation', { token: 'x' }, { authorization })).status).toBe(401)
  })
})

describe('other providers at the built-in server', () => {
  test('one that imitates a vendor, and one that is created while the emulator runs', async () => {
    const provider = {
      name: 'github',
      credentialProviderVendor: 'GithubOauth2' as const,
      oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'my-client', clientSecret: 'my-secret' } },
    }
    const own = await startEmulator({
      workloadIdentities: [{ name: 'agent', allowedResourceOauth2ReturnUrls: ['http://localhost:8080/return'] }],
      oauth2CredentialProviders: [{ ...provider, endpoints: 'vendor' }],
      vendor: { users: ['carol'], accessTokenSeconds: 600 },
    })
    try {
      const [credentials] = own.credentials
      if (credentials === undefined) throw new Error('One is generated')
      const control = new BedrockAgentCoreControlClient({ endpoint: own.url, region: own.region, credentials })
      const discoveryUrl = `${own.url}/vendor/.well-known/oauth-authorization-server`
      await control.send(
        new CreateOauth2CredentialProviderCommand({
          name: 'created',
          credentialProviderVendor: 'CustomOauth2',
          oauth2ProviderConfigInput: {
            customOauth2ProviderConfig: { clientId: 'second', clientSecret: 's', oauthDiscovery: { discoveryUrl } },
          },
        }),
      )
      await expect(control.send(new GetOauth2CredentialProviderCommand({ name: 'vendor' }))).rejects.toThrow(
        'not found',
      )
      for (const [resourceCredentialProviderName, clientId] of [
        ['github', 'my-client'],
        ['created', 'second'],
      ] as const) {
        const resourceOauth2ReturnUrl = 'http://localhost:8080/return'
        const asked = await askBuiltIn(own, { resourceCredentialProviderName, resourceOauth2ReturnUrl })
        await own.consent(asked.sessionUri, { as: 'carol' })
        await asked.bind()
        const seen = await whoami(own, (await asked.get()) ?? '')
        expect(seen).toMatchObject({ user: 'carol', clientId, expiresInSeconds: expect.closeTo(600, WITHIN_500) })
      }
    } finally {
      await own.close()
    }
  })
})
