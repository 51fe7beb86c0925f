import { randomUUID } from 'node:crypto'
import { ROUTES, userSessionsOfIssuerSessionKey, userSessionsOfUserKey } from '@agent-identity/contracts'
import { issuerSessionRef, userRef } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { HostileIssuer } from '../support/hostile-issuer.ts'
import { userSessionRefOf, withRedis } from '../support/redis.ts'
import { userSessionOf, userTokensOf } from '../support/secrets.ts'
import { replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

/** Attacks without a key of the issuer. `packages/user-session/src/back-channel-logout.test.ts` has logout tokens that the issuer has signed. */
const stack = stackOfThisWorker()

const send = (logoutToken: string, headers: Record<string, string> = {}) =>
  fetch(new URL(ROUTES.backChannelLogout, replicaOf(stack, 'agent-workload', 0)), {
    method: 'POST',
    headers,
    body: new URLSearchParams({ logout_token: logoutToken }),
  })

const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>

test('no forged logout token, and no token for another purpose, ends a user session', async () => {
  const victim = await signedIn(stack)
  const ref = await userSessionRefOf(victim)
  const { accessToken, idToken } = await userTokensOf(stack, ref)
  const { iss, aud, sub, sid } = claimsOf(idToken)
  expect(sid).toEqual(expect.any(String))
  const { stream } = await victim.ask('List my repositories')
  const { data } = await stream.next('authorization_required')

  const now = Math.floor(Date.now() / 1_000)
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const claims = { iss, aud, sub, sid, iat: now, exp: now + 120, jti: randomUUID(), events }
  const issuer = await new HostileIssuer().start()
  const withClaims = idToken.split('.')
  withClaims[1] = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const tokens = {
    'signed by another issuer': issuer.signed(claims, { typ: 'logout+jwt' }),
    unsigned: issuer.unsigned(claims),
    'under the signature of the ID token': withClaims.join('.'),
    'the ID token': idToken,
    'the access token': accessToken,
    'nothing of the kind': 'logout',
  }
  issuer.stop()
  for (const [what, token] of Object.entries(tokens)) {
    const answer = await send(token)
    expect([what, answer.status, answer.headers.get('cache-control')]).toEqual([what, 400, 'no-store'])
    expect(await answer.json()).toEqual({ error: 'invalid_request' })
  }
  expect((await victim.api('/api/session')).status).toBe(200)
  await victim.connect(data.startUrl)
  expect(await stream.answer()).toContain(`repo-of-${victim.username}`)
})

test('a request of the victim’s own browser, with all of its cookies, does not end their user session', async () => {
  const victim = await signedIn(stack)
  const cookie = await victim.browser.jar.getCookieString(stack.app)
  const crossSite = { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  expect((await send('', crossSite)).status).toBe(400)
  expect((await victim.api('/api/session')).status).toBe(200)
})

test('a writer of Redis who changes the index does not end another user’s user session', async () => {
  const [leaving, victim] = [await signedIn(stack), await signedIn(stack)]
  const theirs = await userSessionRefOf(victim)
  const { user } = await userSessionOf(stack, leaving)
  const { sid = '' } = claimsOf((await userTokensOf(stack, await userSessionRefOf(leaving))).idToken)
  await withRedis(stack, async (redis) => {
    for (const key of [
      userSessionsOfUserKey(userRef(user)),
      userSessionsOfIssuerSessionKey(issuerSessionRef(user.issuer, sid)),
    ]) {
      expect(await redis.zcard(key)).toBeGreaterThan(0)
      await redis.zadd(key, Date.now() + 1e6, theirs)
    }
  })
  const asked = await leaving.browser.navigate(new URL('/session/end', stack.signIn))
  await leaving.browser.submit(asked, { logout: 'yes' })
  expect((await leaving.api('/api/session')).status).toBe(401)
  expect((await victim.api('/api/session')).status).toBe(200)
})
