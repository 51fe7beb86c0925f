import { type AuthorizationId, ROUTES } from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { forThisTest } from '../support/for-this-test.ts'
import type { Answer } from '../support/http-browser.ts'
import { Person } from '../support/person.ts'
import { untilSuspended, withLastingCount } from '../support/redis.ts'
import { ownDatabase, type ServiceProcess, startService } from '../support/service-process.ts'
import { startSilentServer } from '../support/silent-server.ts'
import { emulatorOf, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const SIGN_IN = 60
const LOGOUTS = 3
const TURNS = 3
const TURN_STREAMS = 8
const STARTS = 4
const CONNECTS = 2
const LISTS = 3
const STREAMS = 2

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
const own = forThisTest()
const database = ownDatabase(stack)
const redis = new Redis(database)
let replicas: ServiceProcess[]

beforeAll(async () => {
  const variables = {
    REDIS_URL: database,
    TRUSTED_PROXIES: '1',
    SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE: String(SIGN_IN),
    BACK_CHANNEL_LOGOUTS_PER_ADDRESS_PER_MINUTE: String(LOGOUTS),
    TURNS_PER_USER_PER_MINUTE: String(TURNS),
    TURN_STREAMS_PER_USER_PER_MINUTE: String(TURN_STREAMS),
    STARTS_PER_USER_SESSION_PER_MINUTE: String(STARTS),
    CONNECTS_PER_USER_SESSION_PER_MINUTE: String(CONNECTS),
    CONNECTION_READS_PER_USER_PER_MINUTE: String(LISTS),
    EVENT_STREAMS_PER_USER_SESSION: String(STREAMS),
  }
  replicas = await Promise.all([0, 1].map(() => startService(stack, 'agent-workload', variables)))
})
afterAll(async () => {
  redis.disconnect()
  await Promise.all(replicas.map((replica) => replica.stop()))
})

const replica = (n: number) => replicas[n % 2]?.url ?? ''

/** This user's requests go to the two replicas in turn. */
const somebody = async () => signIn(await somebodyNew(stack))

async function signIn(person: Person): Promise<Person> {
  let turn = 0
  person.browser.connect = (url) => (url.origin === stack.app ? replica(turn++) : undefined)
  expect((await person.signIn()).status).toBe(200)
  return person
}

test('an address may send a limited number of logout tokens, over both replicas', async () => {
  const statuses: number[] = []
  for (let n = 0; n < LOGOUTS + 2; n++) {
    const url = new URL(ROUTES.backChannelLogout, replica(n))
    const body = new URLSearchParams({ logout_token: 'none' })
    statuses.push((await fetch(url, { method: 'POST', body })).status)
  }
  expect(statuses).toEqual([...Array(LOGOUTS).fill(400), 429, 429])
})

const connecting = async (who: Person) =>
  JSON.parse((await who.api('/api/connections/github/authorizations', { method: 'POST' })).body) as {
    authorizationId: AuthorizationId
    startUrl: string
  }

const authorizationAt = async (id: AuthorizationId) => {
  const [key = ''] = await redis.keys(`authorization:*:${id}`)
  return redis.get(key)
}

/** The counts of the limits are left out. */
const spent = async () => ({
  keys: (await redis.keys('*')).filter((key) => !key.startsWith('rate-limit:')).sort(),
  calls: (await emulator.calls()).length,
})

async function expectTooMany(answer: Answer, as: 'problem' | 'page'): Promise<void> {
  expect(answer.status).toBe(429)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(answer.headers.location).toBeUndefined()
  if (as === 'page') {
    expect(answer.headers['content-type']).toContain('text/html')
    expect(answer.body).toContain('That was too often')
  } else expect(JSON.parse(answer.body)).toMatchObject({ status: 429, code: 'too_many_requests' })
}

test('an issuer that does not answer delays a sign-in for a limited time', async () => {
  const silent = await own(startSilentServer())
  const service = await own(
    startService(stack, 'agent-workload', {
      REDIS_URL: ownDatabase(stack),
      OIDC_ISSUER: silent.url,
    }),
  )
  const startedAt = Date.now()
  const page = await (await somebodyNew(stack)).browser.send(new URL('/auth/sign-in', stack.app), { via: service.url })
  expect(page.status).toBe(503)
  expect(Date.now() - startedAt).toBeLessThan(60_000)
})

describe('too many', () => {
  test('sign-ins from one address: the next one is rejected, and other addresses are not', async () => {
    const anonymous = (await somebodyNew(stack)).browser
    let n = 0
    const leaves = (forwarded: string, path = '/auth/sign-in') =>
      anonymous.send(new URL(path, stack.app), {
        headers: { 'x-forwarded-for': forwarded, accept: 'text/html' },
        via: replica(n++),
      })
    expect((await withLastingCount(redis, 'sign-in', () => leaves('203.0.113.1'))).status).toBe(302)
    for (let i = 1; i < SIGN_IN - 1; i++) expect((await leaves('203.0.113.1')).status).toBe(302)
    // The callback counts, too.
    expect((await leaves('203.0.113.1', '/auth/callback?state=x')).status).toBe(400)
    const before = await spent()
    for (const path of ['/auth/sign-in', '/auth/callback?state=x', '/auth/sign-in?return_to=/connections'])
      await expectTooMany(await leaves('203.0.113.1', path), 'page')
    // The browser's entries before the one of our proxy change no count.
    await expectTooMany(await leaves('198.51.100.1, 203.0.113.1'), 'page')
    expect(await spent()).toEqual(before)

    expect((await leaves('198.51.100.1')).status).toBe(302)
    expect((await leaves('203.0.113.1, 198.51.100.1')).status).toBe(302)
    expect((await leaves('203.0.113.1', '/auth/signed-out')).status).toBe(200)
  })

  test('turns of one user, over all user sessions: the next one is rejected, and causes no AgentCore call', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    for (let n = 0; n < TURNS; n++) {
      const asked = await eager.ask('What can you do?')
      expect((await asked.stream.answer()).length).toBeGreaterThan(20)
    }
    const again = await signIn(new Person(stack, eager))
    const before = await spent()
    for (const who of [eager, again, again])
      await expectTooMany(await who.postTurn({ message: 'What can you do?' }), 'problem')
    expect(await spent()).toEqual(before)
    expect((await (await other.ask('What can you do?')).stream.answer()).length).toBeGreaterThan(20)
    expect((await eager.api('/api/session')).status).toBe(200)
  })

  test('streams of turns of one user, over both replicas: the next one does not open, and another user’s does', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    const { stream, eventsUrl } = await eager.ask('What can you do?')
    await stream.answer()
    for (let n = 1; n < TURN_STREAMS; n++) expect((await eager.api(eventsUrl)).status).toBe(200)
    const before = await spent()
    for (let n = 0; n < 2; n++) await expectTooMany(await eager.api(eventsUrl), 'problem')
    expect(await spent()).toEqual(before)
    expect((await (await other.ask('What can you do?')).stream.answer()).length).toBeGreaterThan(20)
  })

  test('answers to confirmations of one user: they are not looked up, and messages are counted separately', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    const confirm = (who: Person) =>
      who.api(`/api/confirmations/${'c'.repeat(22)}.${'t'.repeat(11)}.${'x'.repeat(11)}`, {
        method: 'POST',
        json: { answer: 'confirmed' },
      })
    for (let n = 0; n < TURNS; n++) expect((await confirm(eager)).status).toBe(404)
    await expectTooMany(await confirm(eager), 'problem')
    expect((await confirm(other)).status).toBe(404)
    // Waits for the end of the turn: another test might count a key that the turn writes later.
    await (await eager.ask('What can you do?')).stream.answer()
  })

  test('cancellations of one user session: the authorization is unchanged, and can be started', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    const cancel = (who: Person, id: string) => who.api(`/api/authorizations/${id}`, { method: 'DELETE' })
    const { authorizationId, startUrl } = await connecting(eager)
    for (let n = 0; n < STARTS; n++) expect((await cancel(eager, 'none')).status).toBe(404)
    const before = [await spent(), await authorizationAt(authorizationId)]
    await expectTooMany(await cancel(eager, authorizationId), 'problem')
    expect([await spent(), await authorizationAt(authorizationId)]).toEqual(before)
    expect((await eager.api(startUrl, { headers: { accept: 'text/html' } })).status).toBe(303)
    expect((await cancel(other, (await connecting(other)).authorizationId)).status).toBe(204)
  })

  test('starts of one user session: no redirect, and the authorization is unchanged', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    const { authorizationId, startUrl } = await connecting(eager)
    const page = { headers: { accept: 'text/html' } }
    for (let n = 0; n < STARTS; n++) expect((await eager.api(startUrl, page)).status).toBe(303)
    const before = [await spent(), await authorizationAt(authorizationId)]
    await expectTooMany(await eager.api(startUrl, page), 'page')
    expect([await spent(), await authorizationAt(authorizationId)]).toEqual(before)
    expect((await other.api((await connecting(other)).startUrl, page)).status).toBe(303)
    // Cancelling does not count as a start.
    expect((await eager.api(`/api/authorizations/${authorizationId}`, { method: 'DELETE' })).status).toBe(204)
  })

  test('connections from the page of connected accounts: AgentCore is not called', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    const connect = (who: Person) => who.api('/api/connections/github/authorizations', { method: 'POST' })
    for (let n = 0; n < CONNECTS; n++) expect((await connect(eager)).status).toBe(201)
    const before = await spent()
    await expectTooMany(await connect(eager), 'problem')
    expect(await spent()).toEqual(before)
    expect((await connect(other)).status).toBe(201)
  })

  test('readings of the connected accounts: the list, its page and its events count together, for a user alone', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    for (const path of [ROUTES.connections, ROUTES.connectionsPage, ROUTES.connections])
      expect([path, (await eager.api(path)).status]).toEqual([path, 200])
    for (const path of [ROUTES.connections, ROUTES.connectionsPage, ROUTES.connectionEvents])
      expect([path, (await eager.api(path)).status]).toEqual([path, 429])
    expect((await other.api(ROUTES.connections)).status).toBe(200)
  })

  test('event streams of one user session: the next one does not open, and another user’s does', async () => {
    const [eager, other] = [await somebody(), await somebody()]
    const { eventsUrl } = JSON.parse((await eager.postTurn({ message: 'List my repositories' })).body) as {
      eventsUrl: string
    }
    const open = (who: Person, url = eventsUrl) => who.stream(url, undefined, replica(0))
    const streams = [await open(eager), await open(eager)]
    expect(streams.map(({ status }) => status)).toEqual([200, 200])
    await expectTooMany(await eager.api(eventsUrl, { via: replica(0) }), 'problem')

    const theirs = await other.ask('List my repositories')
    const another = await open(other, theirs.eventsUrl)
    expect(another.status).toBe(200)
    // Waits until both turns are suspended: another test might count a later key or call.
    for (const one of [streams[0], another]) await one?.next('authorization_required')
    for (const url of [eventsUrl, theirs.eventsUrl]) await untilSuspended(redis, url)
    for (const one of [...streams, another, theirs.stream]) one.close()
  })
})
