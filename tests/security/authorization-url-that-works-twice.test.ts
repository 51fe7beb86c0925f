import { AuthorizationId, BROWSER_BINDING_COOKIE, startIdOfState, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ISSUER } from '../support/fake-openid-provider.ts'
import { HttpBrowser } from '../support/http-browser.ts'
import { outcomeOf } from '../support/person.ts'
import { startTwoServices, type TwoServices } from '../support/two-services.ts'

/**
 * Bob consents at his own authorization URL, keeps his return, and sends the URL to Alice. Where AgentCore takes it twice, it has her consent in the
 * place of his. That AgentCore does not do so is documented nowhere.
 */
let redis: TestRedis
let services: TwoServices
beforeEach(async () => {
  redis = await startTestRedis()
  services = await startTwoServices(redis, Date.now)
  services.agentcore.takeUrlTwice()
})
afterEach(async () => {
  await services.stop()
  await redis.stop()
})

async function signedIn(name: string): Promise<HttpBrowser> {
  const browser = new HttpBrowser()
  const left = await browser.navigate(`${services.app}/auth/sign-in`, { until: (url) => url.origin === ISSUER })
  const state = left.url.searchParams.get('state') ?? ''
  await browser.send(new URL(`/auth/callback?${new URLSearchParams({ code: name, state })}`, services.app), {})
  return browser
}

async function asked(browser: HttpBrowser) {
  const answer = await browser.api(`${services.app}/api/connections/github/authorizations`, { method: 'POST' })
  expect(answer.status).toBe(201)
  const id = AuthorizationId.parse(JSON.parse(answer.body).authorizationId)
  const started = await browser.send(new URL(`/authorizations/${id}/start`, services.app), {})
  const authorizationUrl = String(started.headers.location)
  const returnUrl = new URL(services.agentcore.sessionAt(authorizationUrl)?.returnUrl ?? 'none:')
  return { id, startId: startIdOfState(returnUrl.searchParams.get('state') ?? ''), authorizationUrl }
}

/** @returns the return URL */
const consents = (account: string, authorizationUrl: string) =>
  new URL(services.agentcore.consent(authorizationUrl, account) ?? 'none:')

const comesBack = (browser: HttpBrowser, url: URL, replica: 0 | 1 = 0) =>
  browser.send(url, { via: services.bindings[replica], headers: { accept: 'text/html' } })

async function connectionOf(browser: HttpBrowser) {
  const { body } = await browser.api(`${services.app}/api/connections`)
  const row = JSON.parse(body).find(({ provider }: { provider: string }) => provider === 'github')
  return [row.status, row.account]
}

describe('the victim of a forwarded authorization URL is connected to no user: their return ends the start,', () => {
  const victims: [string, number, () => Promise<HttpBrowser>][] = [
    ['signed in', 403, () => signedIn('alice')],
    ['not signed in', 401, async () => new HttpBrowser()],
    [
      'in their own browser, with the attacker’s session cookie',
      403,
      async () => {
        const alice = await signedIn('alice')
        for (const { key, value } of await attacker.jar.getCookies(services.app))
          if (key === USER_SESSION_COOKIE) await alice.jar.setCookie(`${key}=${value}; Path=/; Secure`, services.app)
        return alice
      },
    ],
  ]
  let attacker: HttpBrowser

  test.each(victims)('%s', async (_who, status, victim) => {
    attacker = await signedIn('bob')
    const { id, startId, authorizationUrl } = await asked(attacker)
    const kept = consents('bob', authorizationUrl)
    const alice = await victim()
    const hers = consents('alice', authorizationUrl)
    expect(hers.href).toBe(kept.href)
    expect((await comesBack(alice, hers)).status).toBe(status)

    for (const replica of [1, 0] as const) {
      const late = await comesBack(attacker, kept, replica)
      expect([late.status, outcomeOf(late)]).toEqual([403, 'not_recognized'])
    }
    expect(services.agentcore.completions).toEqual([])
    await services.settle(startId, 0)
    expect(await connectionOf(attacker)).toEqual(['consent_pending', undefined])
    expect(services.agentcore.vault.size).toBe(0)

    // Who has asked may open the link again.
    const again = await asked(attacker)
    expect([again.id === id, again.startId === startId]).toEqual([true, false])
    expect(outcomeOf(await comesBack(attacker, consents('bob', again.authorizationUrl)))).toBe('bound')
    await services.settle(again.startId, 1)
    expect(await connectionOf(attacker)).toEqual(['connected', 'bob'])
  })
})

test('of what the victim’s browser sends, the state alone, or the session URI alone, ends nothing', async () => {
  const bob = await signedIn('bob')
  const { authorizationUrl } = await asked(bob)
  const kept = consents('bob', authorizationUrl)
  const alice = await signedIn('alice')
  for (const [name, value] of [
    ['state', `${kept.searchParams.get('state')?.slice(0, -43)}${'x'.repeat(43)}`],
    ['session_id', `${kept.searchParams.get('session_id')}x`],
  ] as const) {
    const altered = new URL(kept)
    altered.searchParams.set(name, value)
    for (const browser of [alice, new HttpBrowser()]) await comesBack(browser, altered)
  }
  expect(services.agentcore.completions).toEqual([])
  expect(outcomeOf(await comesBack(bob, kept))).toBe('bound')
  expect(await bob.jar.getCookies(services.app)).toContainEqual(
    expect.objectContaining({ key: BROWSER_BINDING_COOKIE }),
  )
})
