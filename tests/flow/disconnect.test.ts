import { ListedConnection } from '@agent-identity/contracts'
import { afterEach, describe, expect, test } from '@jest/globals'
import { disconnectToTheEnd } from '../support/disconnect-to-the-end.ts'
import type { Person } from '../support/person.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { failVendor, mendVendor, witnessAt } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const GOOGLE = 'google-calendar'
const QUESTION = 'What is on my calendar today?'

afterEach(() => mendVendor(stack, GOOGLE))

async function connected(who: Person, question = QUESTION): Promise<void> {
  const { stream } = await who.ask(question)
  await who.connect((await stream.next('authorization_required')).data.startUrl)
  await stream.answer()
}

async function connectionOf(who: Person, provider = GOOGLE): Promise<ListedConnection> {
  const list = ListedConnection.array().parse(JSON.parse((await who.api('/api/connections')).body))
  const found = list.find((one) => one.provider === provider)
  if (!found) throw new Error(`There is no ${provider}`)
  return found
}

const disconnect = (who: Person, path = GOOGLE) => who.api(`/api/connections/${path}`, { method: 'DELETE' })

test('disconnected: the vendor has ended the token, the next question asks again and says why, the other provider goes on', async () => {
  const who = await signedIn(stack)
  await connected(who)
  await connected(who, 'List my repositories')
  const { accountId } = await connectionOf(who)

  const ended = await disconnectToTheEnd(who, `${GOOGLE}?account=${accountId}`)
  expect(ended).toMatchObject({ provider: GOOGLE, status: 'disconnected', outcome: 'revoked', accountId, scopes: [] })
  expect(await connectionOf(who)).toEqual(ended)

  const github = await who.ask('List my repositories')
  expect(await github.stream.answer()).toContain(`repo-of-${who.username}`)
  expect(github.stream.events.map(({ event }) => event)).not.toContain('authorization_required')

  const { stream } = await who.ask(QUESTION)
  const { data } = await stream.next('authorization_required')
  expect(data.disconnectedAt).toBe(ended.disconnectedAt)
  await who.connect(data.startUrl)
  expect(await stream.answer()).toContain(`Meeting of ${who.username}`)
  const again = await connectionOf(who)
  expect(again).toMatchObject({ status: 'connected', accountId })
  expect(again.outcome).toBeUndefined()
})

test('GitHub is asked by the function that has the client’s secret: the token has ended there, the next question asks again, Google still works', async () => {
  const who = await signedIn(stack)
  await connected(who)
  await connected(who, 'List my repositories')
  const alive = async () => (await witnessAt(stack, 'github', who.username)).tokens
  expect(await alive()).toBe(1)
  expect(await disconnectToTheEnd(who, 'github')).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  expect(await alive()).toBe(0)

  const google = await who.ask(QUESTION)
  expect(await google.stream.answer()).toContain(`Meeting of ${who.username}`)
  expect(google.stream.events.map(({ event }) => event)).not.toContain('authorization_required')
  await connected(who, 'List my repositories')
  expect(await alive()).toBe(1)
})

test('with the vendor away the connection is latched at once, and revoked when the vendor is back', async () => {
  const who = await signedIn(stack)
  await connected(who)
  await failVendor(stack, GOOGLE, { path: '/revoke', status: 500, times: 1_000 })
  expect(JSON.parse((await disconnect(who)).body)).toMatchObject({ status: 'disconnecting' })
  const { stream } = await who.ask(QUESTION)
  const { data } = await stream.next('authorization_required')
  expect((await who.api(`/api/authorizations/${data.authorizationId}`, { method: 'DELETE' })).status).toBe(204)
  await stream.answer()
  expect(await connectionOf(who)).toMatchObject({ status: 'disconnecting' })

  expect((await witnessAt(stack, GOOGLE, who.username)).tokens).toBeGreaterThan(0)

  await mendVendor(stack, GOOGLE)
  await until(async () => (await connectionOf(who)).status === 'disconnected')
  expect((await connectionOf(who)).outcome).toBe('revoked')
  expect((await witnessAt(stack, GOOGLE, who.username)).tokens).toBe(0)
})

test.each([
  ['401', { status: 401 }],
  ['404', { status: 404 }],
  ['500', { status: 500 }],
  ['nonsense', { status: 400, body: '<html>' }],
])('an answer of %s to a revocation is none: it is asked again, and no call begins meanwhile', async (_what, fault) => {
  const who = await signedIn(stack)
  await connected(who)
  await failVendor(stack, GOOGLE, { path: '/revoke', ...fault, times: 1 })
  const answered = await disconnect(who)
  expect(JSON.parse(answered.body)).toMatchObject({ status: expect.stringMatching(/^disconnect/) })
  const { calls } = await witnessAt(stack, GOOGLE, who.username)
  await until(async () => (await connectionOf(who)).status === 'disconnected')
  expect((await connectionOf(who)).outcome).toBe('revoked')
  expect(await witnessAt(stack, GOOGLE, who.username)).toEqual({ tokens: 0, calls })
})

test('a new consent ends a revocation that is still due: with the old token the vendor would end the new grant, too', async () => {
  const who = await signedIn(stack)
  await connected(who)
  await failVendor(stack, GOOGLE, { path: '/revoke', status: 503, times: 1_000 })
  await disconnect(who)
  const { stream } = await who.ask(QUESTION)
  await who.connect((await stream.next('authorization_required')).data.startUrl)
  await mendVendor(stack, GOOGLE)
  expect(await stream.answer()).toContain(`Meeting of ${who.username}`)
  const again = await who.ask(QUESTION)
  expect(await again.stream.answer()).toContain(`Meeting of ${who.username}`)
  expect(await connectionOf(who)).toMatchObject({ status: 'connected' })
})

test('what Cognito has given cannot be ended there: the record says that it is not confirmed', async () => {
  const who = await signedIn(stack)
  const { stream } = await who.ask('What is in my profile?')
  const { data } = await stream.next('authorization_required')
  const page = await who.browser.navigate(new URL(data.startUrl, stack.app), { from: new URL(stack.app) })
  await who.browser.submit(page, { username: who.username, password: who.password })
  await stream.answer()
  const { status, outcome } = await disconnectToTheEnd(who, 'profile')
  expect([status, outcome]).toEqual(['disconnected', 'not_confirmed'])
})

test('the list says what a connection was used for, and a stream tells of its changes until its user signs out', async () => {
  const who = await signedIn(stack)
  const path = '/api/connections/events'
  const told = who.api(path)
  await connected(who)
  expect((await connectionOf(who)).uses).toMatchObject([{ does: 'listed events' }])
  await disconnect(who)
  expect(await connectionOf(who)).not.toHaveProperty('uses')
  for (const method of ['HEAD', 'POST', 'DELETE']) expect((await who.api(path, { method })).status).toBe(405)
  await who.signOut()
  const { status, body, headers } = await told
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'text/event-stream', 'no-store'])
  expect(body.split('event: connections_changed\ndata: {}\n\n').length).toBeGreaterThan(3)
  expect((await who.api(path)).status).toBe(401)
})

describe('a request to disconnect', () => {
  test('that comes twice, also at once, ends it once and answers the same', async () => {
    const who = await signedIn(stack)
    await connected(who)
    const both = await Promise.all([disconnect(who), disconnect(who)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    await until(async () => (await connectionOf(who)).status === 'disconnected')
    const { status, body } = await disconnect(who)
    expect([status, JSON.parse(body)]).toEqual([200, await connectionOf(who)])
  })

  test('of what is not theirs, was never connected, or is not offered, is not found, and ends nothing', async () => {
    const [alice, bob] = [await signedIn(stack), await signedIn(stack)]
    await connected(alice)
    const { accountId } = await connectionOf(alice)
    for (const path of [GOOGLE, `${GOOGLE}?account=${accountId}`, 'slack', 'nowhere', 'constructor'])
      expect([path, (await disconnect(bob, path)).status]).toEqual([path, 404])
    expect((await disconnect(alice, `${GOOGLE}?account=another-one`)).status).toBe(404)
    expect(await connectionOf(alice)).toMatchObject({ status: 'connected' })
  })

  test('of another site, or of somebody who is not signed in, is refused', async () => {
    const who = await signedIn(stack)
    await connected(who)
    const from = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    const foreign = await who.api(`/api/connections/${GOOGLE}`, { method: 'DELETE', headers: from })
    expect(foreign.status).toBe(403)
    await who.signOut()
    expect((await disconnect(who)).status).toBe(401)
  })
})

test('during a turn: its call is aborted, its tool that reads asks again, and nothing reaches the vendor afterwards', async () => {
  const who = await signedIn(stack)
  await connected(who)
  // The delay is shorter than the time limit of a call, so only the disconnection aborts the call.
  await failVendor(stack, GOOGLE, { delayMs: 25_000, times: 1 })
  const before = (await witnessAt(stack, GOOGLE, who.username)).calls.length
  const { stream } = await who.ask(QUESTION)
  await until(async () => (await witnessAt(stack, GOOGLE, who.username)).calls.length > before)
  expect(await disconnectToTheEnd(who, GOOGLE)).toMatchObject({ outcome: 'revoked' })
  const { calls } = await witnessAt(stack, GOOGLE, who.username)
  expect((await stream.next('authorization_required')).data).toHaveProperty('disconnectedAt')
  expect(await witnessAt(stack, GOOGLE, who.username)).toEqual({ tokens: 0, calls })
})

test('during a consent: the wait ends, and the return from it connects nothing', async () => {
  const who = await signedIn(stack)
  const { stream } = await who.ask(QUESTION)
  const returnUrl = await who.consentUpToReturn((await stream.next('authorization_required')).data.startUrl)
  expect((await disconnect(who)).status).toBe(200)
  expect((await stream.next('authorization_failed')).data.code).toBe('cancelled')
  await stream.answer()
  expect(stream.events.filter(({ event }) => event === 'authorization_required')).toHaveLength(1)
  expect((await who.return(returnUrl)).status).toBe(410)
  expect((await connectionOf(who)).status).toBe('not_connected')
})
