import type { RequestListener } from 'node:http'
import { createPeople, listenOnLoopback } from '@agent-identity/stand-in-kit'
import { createBrowser } from '@agent-identity/stand-in-kit/test-support'
import { describe, expect, test } from '@jest/globals'
import * as client from 'openid-client'
import { createSignIn } from './create-sign-in.ts'
import { AUDIENCE, type SignInHabit, signInVariables } from './habits.ts'

const APP = 'http://localhost:9'
const REDIRECT = `${APP}/auth/callback`
const PROFILE_REDIRECT = `${APP}/identities/oauth2/callback/the-provider`
const SECRET = 'a-secret-of-this-test'
const people = createPeople()
const alice = { username: 'alice', password: people.withUsername('alice')?.password ?? '' }
const payloadOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())

/** @param without left out of the agent workload's variables for this issuer */
async function signedInAt(habit: SignInHabit, without: readonly string[] = [], clientId = 'agent-workload') {
  let app: RequestListener = () => {}
  const server = await listenOnLoopback((request, response) => app(request, response), 0)
  const issuer = `http://127.0.0.1:${server.port}`
  app = await createSignIn({
    issuer,
    habit,
    people,
    applicationName: 'Agent workload',
    client: { id: 'agent-workload', secret: SECRET },
    redirectUri: REDIRECT,
    postLogoutRedirectUri: `${APP}/auth/signed-out`,
    providerClients: [{ id: 'profile', secret: SECRET, redirectUri: PROFILE_REDIRECT }],
  })
  try {
    const execute = [client.allowInsecureRequests]
    const config = await client.discovery(new URL(issuer), clientId, SECRET, undefined, { execute })
    const variables = Object.fromEntries(
      Object.entries(signInVariables(habit)).filter(([name]) => !without.includes(name)),
    )
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const url = client.buildAuthorizationUrl(config, {
      ...JSON.parse(variables.OIDC_AUTHORIZATION_PARAMETERS ?? '{}'),
      redirect_uri: clientId === 'profile' ? PROFILE_REDIRECT : REDIRECT,
      scope: variables.OIDC_SCOPES ?? 'openid profile email',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const browser = createBrowser(({ origin }) => origin !== APP)
    const returned = await browser.submit(await browser.navigate(url), alice)
    const tokens = await client.authorizationCodeGrant(config, returned.url, { pkceCodeVerifier })
    const refreshed = tokens.refresh_token && (await client.refreshTokenGrant(config, tokens.refresh_token))
    return { issuer, tokens, refreshed }
  } finally {
    await server.close()
  }
}

describe.each<{ habit: SignInHabit; says: (issuer: string, subject: string) => object; not: string[] }>([
  {
    habit: 'cognito',
    says: () => ({ client_id: 'agent-workload', scope: 'openid profile email' }),
    not: ['azp', 'cid'],
  },
  {
    habit: 'okta',
    says: (_issuer, uid) => ({
      aud: AUDIENCE,
      cid: 'agent-workload',
      uid,
      scp: ['openid', 'profile', 'email', 'offline_access'],
    }),
    not: ['client_id', 'azp', 'scope'],
  },
  {
    habit: 'entra',
    says: (_issuer, oid) => ({ aud: 'agent-workload', azp: 'agent-workload', oid, scp: 'use' }),
    not: ['client_id', 'cid', 'scope'],
  },
  {
    habit: 'auth0',
    says: (issuer) => ({
      aud: [AUDIENCE, `${issuer}/userinfo`],
      azp: 'agent-workload',
      scope: 'openid profile email offline_access',
    }),
    not: ['client_id', 'cid', 'scp'],
  },
  {
    habit: 'keycloak',
    says: () => ({ aud: [AUDIENCE, 'account'], azp: 'agent-workload', scope: 'openid profile email' }),
    not: ['client_id', 'cid', 'scp'],
  },
])('with the habits of $habit', ({ habit, says, not }) => {
  test('an access token names its client as the real issuer’s does, also after a refresh', async () => {
    const { issuer, tokens, refreshed } = await signedInAt(habit)
    const subject = tokens.claims()?.sub ?? ''
    for (const { access_token: token } of [tokens, ...(refreshed ? [refreshed] : [])]) {
      const claims = payloadOf(token)
      expect(claims).toMatchObject({ iss: issuer, sub: subject, ...says(issuer, subject) })
      expect(not.filter((name) => name in claims)).toEqual([])
    }
    expect(refreshed).toBeTruthy()
  })

  test('a token of another client does not have our client’s claim', async () => {
    const { tokens } = await signedInAt(habit, ['OIDC_AUTHORIZATION_PARAMETERS'], 'profile')
    const { aud, client_id: clientId } = payloadOf(tokens.access_token)
    expect(clientId).toBe('profile')
    expect([aud].flat()).not.toContain(AUDIENCE)
    expect([aud].flat()).not.toContain('agent-workload')
  })
})

test.each(['okta', 'entra', 'auth0'] as const)('%s sends no refresh token without offline_access', async (habit) => {
  const { tokens } = await signedInAt(habit, ['OIDC_SCOPES'])
  expect(tokens.refresh_token).toBeUndefined()
})

test('auth0 sends an opaque access token without an audience', async () => {
  const { tokens } = await signedInAt('auth0', ['OIDC_AUTHORIZATION_PARAMETERS'])
  expect(tokens.access_token.split('.')).toHaveLength(1)
})
