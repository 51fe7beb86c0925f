import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Person } from '../support/person.ts'
import { outcomeOf } from '../support/person.ts'
import { emulatorOf, type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'
import { countVendorCalls } from '../support/vendor-calls.ts'
import { revokeAtVendor } from '../support/vendors.ts'

/** Access tokens of a GitHub App's users expire after eight hours, Google's after one. */
const GITHUB = { provider: 'github', question: 'List my repositories', token: '/login/oauth/access_token' }
const GOOGLE = { provider: 'google-calendar', question: 'What is on my calendar today?', token: '/token' }
type Vendor = typeof GITHUB

const HOUR = 3_600
const DAY = 24 * HOUR

let stack: Stack & { stop(): Promise<void> }
let vendorCalls: ReturnType<typeof countVendorCalls>
beforeAll(async () => {
  const variables = { TURNS_PER_USER_PER_MINUTE: '1000' }
  stack = await startStackOfItsOwn(variables, { replicas: 1, vendorVariants: { github: 'github-app' } })
  vendorCalls = countVendorCalls(stack)
})
afterAll(async () => {
  vendorCalls.stop()
  await stack.stop()
})

async function connected({ question }: Vendor): Promise<Person> {
  const who = await signedIn(stack)
  expect(await (await who.askConsenting(question)).stream.answer()).toContain(who.username)
  return who
}

const statusOf = async (who: Person, { provider }: Vendor) =>
  (JSON.parse((await who.api('/api/connections')).body) as { provider: string; status: string }[]).find(
    (row) => row.provider === provider,
  )?.status

/** Fails if the user is asked for a consent. @returns how often the vendor was asked for a token */
async function answered(who: Person, { provider, question, token }: Vendor): Promise<number> {
  vendorCalls.take(provider, token)
  const { stream } = await who.ask(question)
  expect(await stream.answer()).toContain(who.username)
  expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
  return vendorCalls.take(provider, token)
}

describe.each([
  { ...GOOGLE, refreshes: [1, 1, 1] },
  { ...GITHUB, refreshes: [0, 1, 1] },
])('$provider, as an hour, a day and a week pass', ({ refreshes, ...vendor }) => {
  test('asks its user for nothing: each access token that is over is refreshed, once', async () => {
    const who = await connected(vendor)
    const { advance } = emulatorOf(stack)
    for (const [n, passed] of [HOUR + 1, DAY, 7 * DAY].entries()) {
      await advance(passed)
      expect([n, await answered(who, vendor)]).toEqual([n, refreshes[n]])
      expect([n, await answered(who, vendor)]).toEqual([n, 0])
    }
    expect(await statusOf(who, vendor)).toBe('connected')
  })

  test('a refresh token that the vendor has ended: the connection needs its user, who is asked once a turn', async () => {
    const who = await connected(vendor)
    const { advance, counting } = emulatorOf(stack)
    await revokeAtVendor(stack, vendor.provider, who.username)
    await advance(DAY)
    vendorCalls.take(vendor.provider, vendor.token)
    // The expired workload access token costs one more call. Later questions ask AgentCore for nothing before the link is opened.
    for (const calls of [
      { agentcore: 2, vendor: 1 },
      { agentcore: 0, vendor: 0 },
      { agentcore: 0, vendor: 0 },
    ]) {
      const count = await counting()
      const { stream } = await who.ask(vendor.question)
      const { data } = await stream.next('authorization_required')
      expect((await who.api(`/api/authorizations/${data.authorizationId}`, { method: 'DELETE' })).status).toBe(204)
      expect(await stream.answer()).toContain('did not want to connect')
      expect(await statusOf(who, vendor)).toBe('needs_reauthorization')
      // The token vault asks the vendor once, and forgets the refresh token.
      const agentcore = await count('GetResourceOauth2Token')
      expect({ agentcore, vendor: vendorCalls.take(vendor.provider, vendor.token) }).toEqual(calls)
    }
    expect(await (await who.askConsenting(vendor.question)).stream.answer()).toContain(who.username)
    await advance(DAY)
    expect(await answered(who, vendor)).toBe(1)
    expect(await statusOf(who, vendor)).toBe('connected')
  })
})

test('Google gives a refresh token for a second consent, too: an hour later its user is asked for nothing', async () => {
  const who = await connected(GOOGLE)
  const again = await who.api('/api/connections/google-calendar/authorizations', { method: 'POST' })
  expect(outcomeOf(await who.consent(JSON.parse(again.body).startUrl))).toBe('bound')
  // Before the account is compared, a question would get `authorization_required`, and wait.
  await until(async () => (await statusOf(who, GOOGLE)) === 'connected')
  expect(await answered(who, GOOGLE)).toBe(0)
  await emulatorOf(stack).advance(HOUR + 1)
  expect(await answered(who, GOOGLE)).toBe(1)
})
