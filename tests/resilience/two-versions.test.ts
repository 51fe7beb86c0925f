import { type ListedConnection, type OfferedProvider, StartState, startIdOfState } from '@agent-identity/contracts'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { EVERY_PROVIDER } from '../support/every-provider.ts'
import { ISSUER } from '../support/fake-openid-provider.ts'
import { HttpBrowser } from '../support/http-browser.ts'
import { outcomeOf } from '../support/person.ts'
import { startTwoServices, type TwoServices } from '../support/two-services.ts'

const LATER: OfferedProvider = {
  id: 'later',
  displayName: 'A later provider',
  credential: 'user',
  baseScopes: ['read'],
  scopeDescriptions: { read: 'Read' },
  customParameters: {},
  revocation: { by: 'impossible' },
  credentialProvider: 'later',
  readOnly: true,
}

const [WITH_IT, WITHOUT_IT] = [0, 1] as const
let redis: TestRedis
let services: TwoServices
beforeAll(async () => {
  redis = await startTestRedis()
  // As during a rollout, a rollback or a removal.
  services = await startTwoServices(redis, Date.now, [new Map([...EVERY_PROVIDER, ['later', LATER]]), EVERY_PROVIDER])
})
afterAll(async () => {
  await services.stop()
  await redis.stop()
})

test('a provider that only one version knows is bound, named, and connected by that version', async () => {
  const browser = new HttpBrowser()
  const left = await browser.navigate(`${services.app}/auth/sign-in`, { until: (url) => url.origin === ISSUER })
  const state = left.url.searchParams.get('state')
  await browser.send(new URL(`/auth/callback?code=alice&state=${state}`, services.app), {})
  const at = (replica: 0 | 1, path: string, method: string) =>
    browser.api(`${services.app}${path}`, { method, via: services.workloads[replica] as string })

  const path = '/api/connections/later/authorizations'
  expect((await at(WITHOUT_IT, path, 'POST')).status).toBe(404)
  const asked = JSON.parse((await at(WITH_IT, path, 'POST')).body) as { startUrl: string }

  // Session binding has no list of providers: it shows the name from the record.
  const open = (replica: 0 | 1) =>
    browser.send(new URL(asked.startUrl, services.app), { via: services.workloads[replica] as string })
  // The version without the provider knows no credential provider to ask for it: its user tries again.
  expect((await open(WITHOUT_IT)).status).toBe(503)
  const start = await open(WITH_IT)
  const back = services.agentcore.consent(start.headers.location ?? '')
  const page = await browser.send(new URL(back ?? ''), { via: services.bindings[0] as string })
  expect(outcomeOf(page)).toBe('bound')
  expect(page.body).toContain('A later provider connected')

  const id = startIdOfState(StartState.parse(new URL(back ?? '').searchParams.get('state')))
  // The version without the provider cannot ask AgentCore for the token: it must leave the outcome open.
  expect(await services.settle(id, WITHOUT_IT)).toEqual({ later: expect.any(Number) })
  const listed = async (replica: 0 | 1) =>
    (JSON.parse((await at(replica, '/api/connections', 'GET')).body) as ListedConnection[]).find(
      ({ provider }) => provider === 'later',
    )?.status
  expect(await listed(WITHOUT_IT)).toBeUndefined()
  expect(await services.settle(id, WITH_IT)).toBe('settled')
  expect(await listed(WITH_IT)).toBe('connected')
})
