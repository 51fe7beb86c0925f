import type { RequestListener } from 'node:http'
import { createPeople, type LocalServer, listenOnLoopback } from '@agent-identity/stand-in-kit'
import { createBrowser } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as client from 'openid-client'
import { createSignIn } from './create-sign-in.ts'
import { MCP_SCOPE } from './mcp-clients.ts'
import { USER_INFO_PATH } from './user-info.ts'

const APP = 'http://localhost:9'
const REDIRECT = `${APP}/auth/callback`
const PROFILE_REDIRECT = `${APP}/identities/oauth2/callback/the-provider`
const people = createPeople()
const alice = { username: 'alice', password: people.withUsername('alice')?.password ?? '' }

let server: LocalServer
let config: client.Configuration
beforeAll(async () => {
  let app: RequestListener = () => {}
  server = await listenOnLoopback((request, response) => app(request, response), 0)
  app = await createSignIn({
    issuer: `http://127.0.0.1:${server.port}`,
    people,
    applicationName: 'Agent workload',
    client: { id: 'agent-workload', secret: 'a-secret-of-this-test' },
    redirectUri: REDIRECT,
    postLogoutRedirectUri: `${APP}/auth/signed-out`,
    providerClients: [{ id: 'profile', secret: 'another-secret-of-this-test', redirectUri: PROFILE_REDIRECT }],
    mcp: { resource: `${APP}/mcp`, scope: MCP_SCOPE, clientId: 'mcp-client' },
  })
  config = await client.discovery(
    new URL(`http://127.0.0.1:${server.port}`),
    'agent-workload',
    'a-secret-of-this-test',
    undefined,
    {
      execute: [client.allowInsecureRequests],
    },
  )
})
afterAll(() => server.close())

const newBrowser = () => createBrowser((url) => url.origin !== APP)

async function startSignIn(browser = newBrowser()) {
  const codeVerifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    state: 'the-state',
  })
  return { browser, codeVerifier, page: await browser.navigate(url) }
}

async function signIn() {
  const { browser, codeVerifier, page } = await startSignIn()
  const returned = await browser.submit(page, alice)
  const tokens = await client.authorizationCodeGrant(config, returned.url, {
    pkceCodeVerifier: codeVerifier,
    expectedState: 'the-state',
  })
  return { browser, tokens }
}

const payloadOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
const headerOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString())

describe('sign-in', () => {
  test('refuses a wrong password and lets the person try again', async () => {
    const { browser, page } = await startSignIn()
    const refused = await browser.submit(page, { ...alice, password: 'wrong' })
    expect(refused.status).toBe(400)
    expect(refused.html).toContain('The username or the password is wrong.')
    expect(refused.html).toContain('value="alice"')
    const returned = await browser.submit(refused, alice)
    expect(returned.url.searchParams.get('code')).toBeTruthy()
  })

  test('refuses an authorization request without PKCE', async () => {
    const url = client.buildAuthorizationUrl(config, { redirect_uri: REDIRECT, scope: 'openid', state: 'the-state' })
    const { url: returned } = await newBrowser().navigate(url)
    expect(returned.searchParams.get('error')).toBe('invalid_request')
    expect(returned.searchParams.get('code')).toBeNull()
  })

  test('shows a page without script or anything from elsewhere', async () => {
    const { page } = await startSignIn()
    expect(page.html).not.toContain('<script')
    expect(page.html).not.toMatch(/(src|href)="https?:/)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('says to whom the person goes on: the application, or the MCP client that asks', async () => {
    const { page } = await startSignIn()
    expect(page.html).toContain('to go on to Agent workload<')
    const ofClient = client.buildAuthorizationUrl(config, {
      client_id: 'mcp-client',
      redirect_uri: 'http://127.0.0.1:9/callback',
      scope: MCP_SCOPE,
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    })
    expect((await newBrowser().navigate(ofClient)).html).toContain('to go on to MCP client<')
  })

  test('shows a message when the page is out of date', async () => {
    const { page } = await startSignIn()
    const other = await newBrowser().submit(page, alice)
    expect(other.status).toBe(400)
    expect(other.html).toContain('out of date')
  })

  test('issues a JWT access token and an ID token that names the person', async () => {
    const { tokens } = await signIn()
    const issuer = config.serverMetadata().issuer
    const claims = payloadOf(tokens.access_token)
    expect(headerOf(tokens.access_token)).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
    expect(claims).toMatchObject({ iss: issuer, client_id: 'agent-workload', scope: 'openid profile email' })
    expect(claims.exp - claims.iat).toBe(3_600)
    expect(claims.sub).not.toContain('alice')
    expect(tokens.claims()).toMatchObject({ sub: claims.sub, name: 'Alice', email: 'alice@example.com' })
  })

  test('rotates the refresh token, and accepts none twice', async () => {
    const { tokens } = await signIn()
    const first = tokens.refresh_token ?? ''
    const refreshed = await client.refreshTokenGrant(config, first)
    expect(refreshed.refresh_token).not.toBe(first)
    expect(payloadOf(refreshed.access_token).sub).toBe(payloadOf(tokens.access_token).sub)
    await expect(client.refreshTokenGrant(config, first)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('signs in a second time without asking, until the person signs out', async () => {
    const { browser, tokens } = await signIn()
    const { page: again } = await startSignIn(browser)
    expect(again.url.origin).toBe(APP)

    const signedOut = await browser.navigate(
      client.buildEndSessionUrl(config, {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: `${APP}/auth/signed-out`,
        state: 's',
      }),
    )
    expect(signedOut.url.href).toBe(`${APP}/auth/signed-out?state=s`)
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    const { page } = await startSignIn(browser)
    expect(page.html).toContain('Username')
  })

  describe('has a second client, for users’ own records', () => {
    async function consent(browser = newBrowser()) {
      const { issuer } = config.serverMetadata()
      const profile = await client.discovery(new URL(issuer), 'profile', 'another-secret-of-this-test', undefined, {
        execute: [client.allowInsecureRequests],
      })
      const pkceCodeVerifier = client.randomPKCECodeVerifier()
      const url = client.buildAuthorizationUrl(profile, {
        redirect_uri: PROFILE_REDIRECT,
        scope: 'openid profile email',
        prompt: 'login',
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      })
      const page = await browser.navigate(url)
      const returned = await browser.submit(page, alice)
      const tokens = await client.authorizationCodeGrant(profile, returned.url, { pkceCodeVerifier })
      return { page, profile, tokens }
    }
    const userInfo = (accessToken: string) =>
      fetch(new URL(USER_INFO_PATH, config.serverMetadata().issuer), {
        headers: { authorization: `Bearer ${accessToken}` },
      })

    test('that asks even a signed-in user, and issues tokens of the same issuer, subject and scope for another client', async () => {
      const { browser, tokens } = await signIn()
      const delegated = await consent(browser)
      expect(delegated.page.html).toContain('Username')
      const [own, theirs] = [payloadOf(tokens.access_token), payloadOf(delegated.tokens.access_token)]
      expect([theirs.iss, theirs.sub, theirs.scope]).toEqual([own.iss, own.sub, own.scope])
      expect([own.client_id, theirs.client_id]).toEqual(['agent-workload', 'profile'])
    })

    test('with which the records are read, until the grant is revoked', async () => {
      const { profile, tokens } = await consent()
      const answer = await userInfo(tokens.access_token)
      expect(await answer.json()).toEqual({
        sub: payloadOf(tokens.access_token).sub,
        username: 'alice',
        name: 'Alice',
        email: 'alice@example.com',
        email_verified: 'true',
      })
      const { refresh_token: refreshToken = '' } = tokens
      await client.refreshTokenGrant(profile, refreshToken)
      await expect(client.refreshTokenGrant(profile, refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' })
      expect((await userInfo(tokens.access_token)).status).toBe(401)
    })

    test('whose tokens are still valid after a sign-out at the application', async () => {
      const { browser, tokens } = await signIn()
      const delegated = await consent(browser)
      await browser.navigate(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '' }))
      expect((await userInfo(tokens.access_token)).status).toBe(401)
      expect((await userInfo(delegated.tokens.access_token)).status).toBe(200)
    })

    test.each(['', 'nonsense', 'e30.e30.c2ln'])('and an invalid token reads nothing: %j', async (accessToken) => {
      const answer = await userInfo(accessToken)
      expect([400, 401]).toContain(answer.status)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_/)
    })
  })

  test('asks before it signs out a user when the request has no ID token', async () => {
    const { browser, tokens } = await signIn()
    const asked = await browser.navigate(new URL('/session/end', config.serverMetadata().issuer))
    expect(asked.html).toContain('Sign out?')
    await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    const done = await browser.submit(asked, { logout: 'yes' })
    expect(done.html).toContain('Signed out')
  })
})
