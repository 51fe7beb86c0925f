import { redisReady } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { AUTHORIZATION_ORIGIN } from '../support/fake-agentcore.ts'
import { ISSUER } from '../support/fake-openid-provider.ts'
import { HttpBrowser } from '../support/http-browser.ts'
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
  test('goes to no browser when AgentCore returns it, and its authorization ends; the next one works', async () => {
    const browser = await signedInBrowser()
    const started = async () => {
      const { startUrl } = JSON.parse((await connect(browser)).body) as { startUrl: string }
      return browser.send(new URL(startUrl, services.app), { headers: { accept: 'text/html' } })
    }
    const before = (await client.keys('start:*')).sort()
    services.agentcore.pointTo(() => url)
    const answer = await started()
    expect([answer.status, answer.headers.location]).toEqual([409, undefined])
    expect(answer.body).not.toContain('attacker.example')
    expect((await client.keys('start:*')).sort()).toEqual(before)

    services.agentcore.pointTo(asAgentCoreDoes)
    const start = await started()
    expect([start.status, start.headers.location]).toEqual([
      303,
      expect.stringMatching(/^https:\/\/agentcore\.example\//),
    ])
  })
})
