import { ListedConnection } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { disconnectToTheEnd } from '../support/disconnect-to-the-end.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { revokeAtVendor, witnessAt } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const GITHUB = {
  provider: 'github',
  question: 'List my repositories',
  answerOf: (who: Person) => `repo-of-${who.username}`,
}
const GOOGLE = {
  provider: 'google-calendar',
  question: 'What is on my calendar today?',
  answerOf: (who: Person) => `Meeting of ${who.username}`,
}
type Vendor = typeof GITHUB

/** @param account the owner of the account at the vendor */
async function consentAs(who: Person, account: Person, startUrl: string): Promise<void> {
  const opened = await who.browser.navigate(new URL(startUrl, stack.app), { from: new URL(stack.app) })
  const asks = opened.body.includes('type="password"')
  const { username, password } = account
  const page = asks ? await who.browser.submit(opened, { username, password }) : opened
  expect(outcomeOf(await who.decide(page, 'authorize'))).toBe('bound')
}

/** Each in a browser of their own, with the account of the first. */
async function bothConnected({ provider, question, answerOf }: Vendor): Promise<[Person, Person]> {
  const [alice, bob] = [await signedIn(stack), await signedIn(stack)]
  for (const who of [alice, bob]) {
    const { stream } = await who.ask(question)
    await consentAs(who, alice, (await stream.next('authorization_required')).data.startUrl)
    expect(await stream.answer()).toContain(answerOf(alice))
  }
  expect((await witnessAt(stack, provider, alice.username)).tokens).toBeGreaterThanOrEqual(2)
  return [alice, bob]
}

async function statusOf(who: Person, { provider }: Vendor): Promise<string | undefined> {
  const list = ListedConnection.array().parse(JSON.parse((await who.api('/api/connections')).body))
  return list.find((one) => one.provider === provider)?.status
}

const disconnect = (who: Person, { provider }: Vendor) => disconnectToTheEnd(who, provider)

/** The user is asked once in a turn; the connection needs reauthorization until they consent. */
async function isAskedOnceAgain(who: Person, account: Person, vendor: Vendor): Promise<void> {
  expect(await statusOf(who, vendor)).toBe('connected')
  const declined = await who.ask(vendor.question)
  const { data } = await declined.stream.next('authorization_required')
  await who.api(`/api/authorizations/${data.authorizationId}`, { method: 'DELETE' })
  expect(await declined.stream.answer()).toContain('did not want to connect')
  expect(declined.stream.events.filter(({ event }) => event === 'authorization_required')).toHaveLength(1)
  expect(await statusOf(who, vendor)).toBe('needs_reauthorization')

  const { stream } = await who.ask(vendor.question)
  await consentAs(who, account, (await stream.next('authorization_required')).data.startUrl)
  expect(await stream.answer()).toContain(vendor.answerOf(account))
  expect(stream.events.filter(({ event }) => event === 'authorization_required')).toHaveLength(1)
  expect(await statusOf(who, vendor)).toBe('connected')
}

describe('two users of ours with one account at the vendor', () => {
  test('GitHub: what one of them disconnects is ended, and the other’s goes on', async () => {
    const [alice, bob] = await bothConnected(GITHUB)
    expect(await disconnect(alice, GITHUB)).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
    expect((await witnessAt(stack, 'github', alice.username)).tokens).toBe(1)
    const { stream } = await bob.ask(GITHUB.question)
    expect(await stream.answer()).toContain(GITHUB.answerOf(alice))
    expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
    expect(await statusOf(bob, GITHUB)).toBe('connected')
    expect(await disconnect(bob, GITHUB)).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
    expect((await witnessAt(stack, 'github', alice.username)).tokens).toBe(0)
  })

  test('GitHub: when the whole grant is ended there, each of them is asked once at the next use', async () => {
    const [alice, bob] = await bothConnected(GITHUB)
    await revokeAtVendor(stack, 'github', alice.username)
    await isAskedOnceAgain(alice, alice, GITHUB)
    await isAskedOnceAgain(bob, alice, GITHUB)
  })

  test('Google ends the grant with any of its tokens: the other one is asked once at the next use', async () => {
    const [alice, bob] = await bothConnected(GOOGLE)
    expect(await disconnect(alice, GOOGLE)).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
    await until(async () => (await witnessAt(stack, 'google-calendar', alice.username)).tokens === 0)
    await isAskedOnceAgain(bob, alice, GOOGLE)
  })
})
