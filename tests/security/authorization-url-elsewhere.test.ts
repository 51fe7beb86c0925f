import { AuthorizationId, BROWSER_BINDING_COOKIE } from '@agent-identity/contracts'
import { randomToken, redisReady, userRef } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { AUTHORIZATION_ORIGIN } from '../support/fake-agentcore.ts'
import { ISSUER } from '../support/fake-openid-provider.ts'
import { HttpBrowser } from '../support/http-browser.ts'
import { userSessionRefOf } from '../support/redis.ts'
import { startTwoServices, type TwoServices } from '../support/two-services.ts'

let redis: TestRedis
let services: TwoServices
let client: Redis

beforeAll(async () => {
  redis = await startTestRedis()
  services = await startTwoServices(redis, Date.now)
  client = redis.connect()
  await redisReady(client)
})
afterEach(() => services.agentcore.pointTo(asAgentCoreDoes))
afterAll(async () => {
  await services.stop()
  await redis.stop()
})

const asAgentCoreDoes = (sessionUri: string) =>
  `${AUTHORIZATION_ORIGIN}/identities/oauth2/authorize?request_uri=${encodeURIComponent(sessionUri)}`

async function signedInBrowser(): Promise<HttpBrowser> {
  const browser = new HttpBrowser()
  const left = await browser.navigate(`${services.app}/auth/sign-in`, { until: (url) => url.origin === ISSUER })
  const { searchParams } = left.url
  await browser.send(new URL(`/auth/callback?code=alice&state=${searchParams.get('state')}`, services.app), {})
  return browser
}
const connect = (browser: HttpBrowser) =>
  browser.api(`${services.app}/api/connections/github/authorizations`, { method: 'POST' })

const elsewhere = [
  'https://attacker.example/identities/oauth2/authorize?request_uri=x',
  'http://agentcore.example/identities/oauth2/authorize?request_uri=x',
  'https://agentcore.example:8443/identities/oauth2/authorize?request_uri=x',
  'https://agentcore.example.attacker.example/identities/oauth2/authorize?request_uri=x',
  'https://agentcore.example@attacker.example/identities/oauth2/authorize?request_uri=x',
  'https://user:password@agentcore.example/identities/oauth2/authorize?request_uri=x',
  'https://attacker.example\\@agentcore.example/',
  'https://attacker.example/#@agentcore.example/',
  'https:attacker.example',
  '//attacker.example/',
  '/\\attacker.example/',
  '/identities/oauth2/authorize',
  'javascript:alert(document.domain)//agentcore.example',
  'data:text/html,<script>alert(1)</script>',
  'blob:https://agentcore.example/x',
  '',
]

describe.each(elsewhere)('an authorization URL that is %j', (url) => {
  test('is not stored when AgentCore returns it, and no browser is redirected', async () => {
    const browser = await signedInBrowser()
    const before = (await client.keys('pending-authorization*')).sort()
    services.agentcore.pointTo(() => url)
    const answer = await connect(browser)
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, 'temporarily_unavailable'])
    expect((await client.keys('pending-authorization*')).sort()).toEqual(before)

    services.agentcore.pointTo(asAgentCoreDoes)
    const { startUrl } = JSON.parse((await connect(browser)).body) as { startUrl: string }
    const start = await browser.send(new URL(startUrl, services.app), {})
    expect([start.status, start.headers.location]).toEqual([
      303,
      expect.stringMatching(/^https:\/\/agentcore\.example\//),
    ])
  })

  test('is not used from a correctly sealed record', async () => {
    const browser = await signedInBrowser()
    const ref = await userSessionRefOf({ browser, stack: { app: services.app }, username: 'alice' })
    const id = AuthorizationId.parse(`${ref}.${randomToken(16)}`)
    const created = await services.authorizations.create({
      id,
      state: `${id}.${randomToken(32)}`,
      user: userRef({ issuer: ISSUER, subject: 'alice' }),
      provider: 'github',
      named: undefined,
      parameters: {},
      generation: 0,
      displayName: 'GitHub',
      scopes: ['repo'],
      authorizationUrl: url,
      sessionUri: 'urn:ietf:params:oauth:request_uri:x',
      artifact: { kind: 'jwt', userToken: 'alice.x' },
      correlationId: 'test',
    })
    expect(created?.outcome).toBe('created')
    const answer = await browser.send(new URL(`/authorizations/${id}/start`, services.app), {
      headers: { accept: 'text/html' },
    })
    // A record whose authorization URL is no URL counts as a record that cannot be opened.
    const [refused, left] = URL.canParse(url) ? [500, 'pending'] : [409, 'cancelled']
    expect([answer.status, answer.headers.location]).toEqual([refused, undefined])
    expect(answer.headers['set-cookie'] ?? []).not.toContainEqual(expect.stringContaining(BROWSER_BINDING_COOKIE))
    expect(answer.body).not.toContain('attacker.example')
    expect((await services.authorizationOf(id))?.status).toBe(left)
  })
})
