import {
  ConfirmationFacts,
  type ConfirmationId,
  confirmationField,
  conversationSnapshotKey,
  PLACES,
  TURN_WORK_STREAM,
  type TurnId,
  turnConfirmationsKey,
  turnEffectsKey,
  turnIdOf,
} from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { auditLinesOf } from '../support/audit-lines.ts'
import { CountingVendor } from '../support/counting-vendor.ts'
import type { EventStream } from '../support/event-stream.ts'
import { HostileModel } from '../support/hostile-model.ts'
import { Person } from '../support/person.ts'
import { sealerOf } from '../support/secrets.ts'
import { ownDatabase, type ServiceProcess, startService } from '../support/service-process.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const LIMITS = { TOOL_CALLS_PER_MESSAGE: '20', EFFECTS_PER_TURN: '5', VENDOR_CALLS_AT_ONCE: '4' }
const SESSION_BINDING = '/oauth2/session-binding'

const stack = stackOfThisWorker()
let model: HostileModel
let vendor: CountingVendor
let replicas: ServiceProcess[]
let redis: Redis

beforeAll(async () => {
  ;[model, vendor] = await Promise.all([new HostileModel().start(), new CountingVendor().start()])
  const REDIS_URL = ownDatabase(stack)
  redis = new Redis(REDIS_URL)
  const PROVIDERS = withApi('github', vendor.url)
  const variables = { ...model.variables, ...LIMITS, PROVIDERS, REDIS_URL }
  replicas = await Promise.all([
    startService(stack, 'agent-workload', variables),
    startService(stack, 'agent-workload', variables),
    startService(stack, 'session-binding', { REDIS_URL }),
  ])
})
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()))
  redis.disconnect()
  vendor.stop()
  model.stop()
})

/** The stack's providers, one of them with another API address. */
function withApi(provider: string, apiUrl: string): string {
  const providers = JSON.parse(stack.environments['agent-workload'].PROVIDERS ?? '') as Record<string, object>
  return JSON.stringify({ ...providers, [provider]: { ...providers[provider], apiUrl } })
}

async function signIn(who: Person, replica: 0 | 1 = 0): Promise<Person> {
  const at = (url: URL) => replicas[url.pathname.startsWith(SESSION_BINDING) ? 2 : replica]?.url
  who.browser.connect = (url) => (url.origin === stack.app ? at(url) : undefined)
  expect((await who.signIn()).status).toBe(200)
  return who
}

/** A signed-in user who has connected GitHub. */
async function connected(): Promise<Person> {
  const who = await signIn(await somebodyNew(stack))
  const answer = await who.api('/api/connections/github/authorizations', { method: 'POST' })
  await who.connect((JSON.parse(answer.body) as { startUrl: string }).startUrl)
  return who
}

const issue = (title: string) => ({ name: 'open_issue', input: { repository: 'alice/notes', title } })
const issues = (name: string, count: number) => Array.from({ length: count }, (_, n) => issue(`${name} ${n}`))
const opened = (name: string) => vendor.titles.filter((title) => title.startsWith(`${name} `))

/** One message of the model requests all of these calls; it answers their results with the given text. */
function modelCalls(calls: ReturnType<typeof issues>, then: typeof model.reply = () => ({ text: 'Done.' })) {
  model.reply = (last, request) => (last.role === 'user' ? { calls } : then(last, request))
}

interface Asked {
  who: Person
  name: string
  stream: EventStream
  turnId: TurnId
  id: ConfirmationId
  /** The titles that the user is shown. */
  shown: string[]
}

/** A turn that has opened five issues, and asks its user before more. */
async function asked(count = 8, who?: Person): Promise<Asked> {
  const person = who ?? (await connected())
  const name = `${person.username}-${vendor.titles.length}`
  modelCalls(issues(name, count))
  const { stream, turnId } = await person.ask('Go on')
  const { data } = await stream.next('confirmation_required')
  const shown = data.calls.map(({ details }) => details.find((one) => one.name === 'title')?.value ?? '')
  return { who: person, name, stream, turnId: turnId as TurnId, id: data.confirmationId, shown }
}

const answer = (who: Person, id: string, given: string, more = {}) =>
  who.api(`/api/confirmations/${id}`, { method: 'POST', json: { answer: given }, ...more })

/** After each attack the rightful user still decides, and gets the confirmed changes only. */
async function confirms({ who, name, stream, id, shown }: Asked): Promise<void> {
  const before = opened(name)
  expect((await answer(who, id, 'confirmed')).status).toBe(204)
  expect(await stream.answer()).toContain('Done.')
  expect(opened(name).slice(before.length).sort()).toEqual([...shown].sort())
}

/** Work that resumes it, and its end. */
async function resumed(turnId: TurnId): Promise<void> {
  const work = (await redis.xadd(TURN_WORK_STREAM, '*', 'turnId', turnId, 'kind', 'resume')) ?? ''
  await until(async () => (await redis.xrange(TURN_WORK_STREAM, work, work)).length === 0)
}

test('300 issues in one message: five are opened, the user is asked once for those that a message may do, the rest is refused', async () => {
  const who = await connected()
  let results = ''
  const name = `${who.username}-300`
  modelCalls(issues(name, 300), (_last, request) => {
    results = request
    return { text: 'Done.' }
  })
  const { stream, turnId } = await who.ask('Go on')
  const { data } = await stream.next('confirmation_required')
  expect([opened(name).length, data.begun, data.calls.length]).toEqual([5, 5, 15])
  expect(vendor.atOnce).toBeGreaterThan(1)
  expect(vendor.atOnce).toBeLessThanOrEqual(Number(LIMITS.VENDOR_CALLS_AT_ONCE))
  const [first] = data.calls
  expect(first).toEqual({
    tool: 'open_issue',
    displayName: 'GitHub',
    details: [
      { name: 'repository', value: 'alice/notes' },
      { name: 'title', value: expect.stringContaining(name) },
    ],
  })
  // A resumed turn without an answer makes no further change.
  await resumed(turnId as TurnId)
  expect(opened(name)).toHaveLength(5)

  expect((await answer(who, data.confirmationId, 'confirmed')).status).toBe(204)
  expect(await stream.answer()).toContain('Done.')
  const all = opened(name)
  expect([all.length, new Set(all).size]).toEqual([20, 20])
  expect(results.split('at most 20 tools are called at a time')).toHaveLength(281)
  expect(stream.events.filter(({ event }) => event === 'confirmation_required')).toHaveLength(1)
  // The audit trail has the question, the answer and every change in between, and none of the titles.
  const trail = replicas.flatMap((replica) => auditLinesOf(replica.log()))
  const ofTheTurn = trail.filter((line) => 'turnId' in line && line.turnId === turnId)
  const times = (event: string) => ofTheTurn.filter((line) => line.event === event).length
  expect(['confirmation_asked', 'confirmation_given', 'tool_intended', 'tool_acted'].map(times)).toEqual([1, 1, 20, 20])
  expect(JSON.stringify(trail)).not.toContain(name)
})

test('declined changes are not made, and a model that continues causes no further question', async () => {
  const who = await connected()
  const name = `${who.username}-declined`
  const results: string[] = []
  modelCalls(issues(name, 8), ({ content }) => {
    results.push(content)
    return results.length < 3 ? { calls: issues(`${name} again${results.length}`, 3) } : { text: 'Done.' }
  })
  const { stream } = await who.ask('Go on')
  const { data } = await stream.next('confirmation_required')
  expect((await answer(who, data.confirmationId, 'declined')).status).toBe(204)
  expect(await stream.answer()).toContain('Done.')
  expect(results).toHaveLength(3)
  for (const result of results) expect(result).toContain('The user does not want that done.')
  expect(opened(name)).toHaveLength(5)
  expect(stream.events.filter(({ event }) => event === 'confirmation_required')).toHaveLength(1)
})

test('only the user who was asked can confirm: no other user, user session, site or method', async () => {
  const alice = await asked()
  const bob = await connected()
  const elsewhere = await signIn(new Person(stack, alice.who))
  const anonymous = await somebodyNew(stack)
  anonymous.browser.connect = alice.who.browser.connect
  const refused: [status: number, ReturnType<typeof answer>][] = [
    [404, answer(bob, alice.id, 'confirmed')],
    [404, answer(elsewhere, alice.id, 'confirmed')],
    [401, answer(anonymous, alice.id, 'confirmed')],
    [404, answer(alice.who, `${alice.id.slice(0, -11)}${'x'.repeat(11)}`, 'confirmed')],
    [404, answer(alice.who, 'x', 'confirmed')],
    [400, answer(alice.who, alice.id, 'yes')],
    [400, answer(alice.who, alice.id, 'confirmed', { json: { answer: 'confirmed', calls: [] } })],
    [403, answer(alice.who, alice.id, 'confirmed', { headers: { 'sec-fetch-site': 'same-site' } })],
    [403, answer(alice.who, alice.id, 'confirmed', { headers: { 'sec-fetch-site': 'cross-site' } })],
    [415, answer(alice.who, alice.id, '', { json: undefined, form: { answer: 'confirmed' } })],
    [405, answer(alice.who, alice.id, '', { json: undefined, method: 'GET' })],
  ]
  for (const [status, request] of refused) expect((await request).status).toBe(status)
  expect(opened(alice.name)).toHaveLength(5)
  await confirms(alice)
})

test('an answer counts once: twice at the same time at two replicas, and again afterwards', async () => {
  const alice = await asked()
  const via = replicas.map(({ url }) => url)
  const answers = await Promise.all([
    answer(alice.who, alice.id, 'confirmed', { via: via[0] }),
    answer(alice.who, alice.id, 'confirmed', { via: via[1] }),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
  await alice.stream.answer()
  for (const given of ['confirmed', 'declined']) expect((await answer(alice.who, alice.id, given)).status).toBe(409)
  await resumed(alice.turnId)
  expect(opened(alice.name)).toHaveLength(8)
})

describe('an answer comes too late', () => {
  test('when the user has declined before', async () => {
    const alice = await asked()
    await answer(alice.who, alice.id, 'declined')
    expect((await answer(alice.who, alice.id, 'confirmed')).status).toBe(409)
    await alice.stream.answer()
    expect(opened(alice.name)).toHaveLength(5)
  })

  test('when it has expired', async () => {
    const alice = await asked()
    // As after time has passed: only the services have these keys.
    const sealer = sealerOf(stack, 'TURN_KEYS', 'confirmation facts')
    const [key, field] = [turnConfirmationsKey(alice.turnId), confirmationField(alice.id, 'facts')]
    const facts = ConfirmationFacts.parse(
      JSON.parse(sealer.open((await redis.hget(key, field)) ?? '', PLACES.confirmationFacts(alice.id))),
    )
    const over = JSON.stringify({ ...facts, expiresAt: Date.now() - 1 })
    await redis.hset(key, field, sealer.seal(over, PLACES.confirmationFacts(alice.id)))
    expect((await answer(alice.who, alice.id, 'confirmed')).status).toBe(409)
    await resumed(alice.turnId)
    await alice.stream.answer()
    expect(opened(alice.name)).toHaveLength(5)
  })

  test('when the user has signed out: the turn ends at once', async () => {
    const alice = await asked()
    await alice.who.signOut()
    expect((await answer(alice.who, alice.id, 'confirmed')).status).toBe(401)
    await signIn(alice.who)
    const after = await alice.who.stream(`/api/turns/${alice.turnId}/events`)
    expect((await after.next('error')).data.code).toBe('signed_out')
    expect((await answer(alice.who, alice.id, 'confirmed')).status).toBe(404)
    expect(opened(alice.name)).toHaveLength(5)
  })
})

describe('a writer of Redis without a key', () => {
  type Fields = Record<string, string>
  const rewritings: [string, (own: Asked, other: Asked, theirs: Fields) => Fields][] = [
    [
      'by the progress of another one that was confirmed',
      (own, other, theirs) => ({
        [confirmationField(own.id, 'progress')]: theirs[confirmationField(other.id, 'progress')] ?? '',
      }),
    ],
    [
      'by progress that is not sealed',
      (own) => ({ [confirmationField(own.id, 'progress')]: '{"status":"confirmed"}' }),
    ],
    ['by the whole of another one, in their own turn', (_own, _other, theirs) => theirs],
    [
      'by another one under their own name',
      (own, other, theirs) => ({
        [confirmationField(own.id, 'facts')]: theirs[confirmationField(other.id, 'facts')] ?? '',
        [confirmationField(own.id, 'progress')]: theirs[confirmationField(other.id, 'progress')] ?? '',
      }),
    ],
  ]

  test('confirms nothing by any change of the record', async () => {
    const other = await asked()
    await confirms(other)
    const theirs = await redis.hgetall(turnConfirmationsKey(other.turnId))
    const own = await asked(8, other.who)
    const key = turnConfirmationsKey(own.turnId)
    const before = await redis.hgetall(key)
    for (const [how, rewrite] of rewritings) {
      await redis.hset(key, rewrite(own, other, theirs))
      await resumed(own.turnId)
      expect([how, opened(own.name).length]).toEqual([how, 5])
      await redis.del(key)
      await redis.hset(key, before)
    }
  })

  test('who confirms for them confirms only the shown calls: other arguments cause a new question', async () => {
    const alice = await asked()
    // Without its memory the turn starts again with its question, and the model requests other calls.
    const snapshots = await redis.keys(conversationSnapshotKey(alice.turnId.split('.')[0] as never, '*'))
    await redis.del(...snapshots)
    modelCalls(issues(`${alice.name} swapped`, 3))
    expect((await answer(alice.who, alice.id, 'confirmed')).status).toBe(204)
    const first = alice.stream.events.filter(({ event }) => event === 'confirmation_required')
    const { data } = await alice.stream.next('confirmation_required', first)
    expect(data.calls.map(({ details }) => details[1]?.value)).toEqual(
      expect.arrayContaining([0, 1, 2].map((n) => `${alice.name} swapped ${n}`)),
    )
    expect(turnIdOf(data.confirmationId)).toBe(alice.turnId)
    expect(opened(alice.name)).toHaveLength(5)
    expect((await answer(alice.who, data.confirmationId, 'declined')).status).toBe(204)
    await alice.stream.answer()
    expect(opened(alice.name)).toHaveLength(5)
  })

  test('who deletes the record of the effects causes five more for the same user, and then a question', async () => {
    const alice = await asked(20)
    const first = alice.stream.events.filter(({ event }) => event === 'confirmation_required')
    await redis.del(turnEffectsKey(alice.turnId))
    await resumed(alice.turnId)
    expect((await alice.stream.next('confirmation_required', first)).data.calls).toHaveLength(10)
    expect(opened(alice.name)).toHaveLength(10)
  })
})

test('a user who wants to be asked first is asked before the first change, and other users are not', async () => {
  const [alice, bob] = [await connected(), await connected()]
  const choose = (askFirst: boolean) =>
    alice.api('/api/connections/github/ask-first', { method: 'PUT', json: { askFirst } })
  expect((await choose(true)).status).toBe(204)
  for (const [who, askFirst] of [
    [alice, true],
    [bob, false],
  ] as const)
    expect(JSON.parse((await who.api('/api/connections')).body)).toContainEqual(
      expect.objectContaining({ provider: 'github', askFirst }),
    )
  const name = `${alice.username}-first`
  modelCalls(issues(name, 1))
  const { stream } = await alice.ask('Go on')
  const { data } = await stream.next('confirmation_required')
  expect([data.begun, data.calls.length, opened(name).length]).toEqual([0, 1, 0])
  modelCalls(issues(`${bob.username}-first`, 1))
  await (await bob.ask('Go on')).stream.answer()
  expect(opened(`${bob.username}-first`)).toHaveLength(1)
  await answer(alice, data.confirmationId, 'confirmed')
  await stream.answer()
  expect(opened(name)).toHaveLength(1)

  await choose(false)
  modelCalls(issues(`${alice.username}-then`, 1))
  await (await alice.ask('Go on')).stream.answer()
  expect(opened(`${alice.username}-then`)).toHaveLength(1)
})
