import {
  confirmationField,
  conversationSnapshotKey,
  type TurnId,
  turnConfirmationsKey,
  turnEffectsKey,
  turnIdOf,
} from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import { auditLinesOf } from '../support/audit-lines.ts'
import { type Asked, issues, LIMITS, startChangingAgent } from '../support/changing-agent.ts'
import { Person } from '../support/person.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const agent = await startChangingAgent(stack)
const { vendor, replicas, redis, signIn, connected, opened, modelCalls, asked, answer, confirms, resumed } = agent
afterAll(agent.stop)

test('300 issues in one message: five are opened, the user is asked once for those that a message may do, the rest is refused', async () => {
  const who = await connected()
  let results = ''
  const name = `${who.username}-300`
  modelCalls(issues(name, 300), (_last, request) => {
    results = request
    return { text: 'Done.' }
  })
  vendor.holdUntilTwo()
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
      { name: 'repository', value: 'somebody/notes' },
      { name: 'title', value: expect.stringContaining(name) },
    ],
  })
  await resumed(turnId as TurnId)
  expect(opened(name)).toHaveLength(5)

  expect((await answer(who, data.confirmationId, 'confirmed')).status).toBe(204)
  expect(await stream.answer()).toContain('Done.')
  const all = opened(name)
  expect([all.length, new Set(all).size]).toEqual([20, 20])
  expect(results.split('at most 20 tools are called at a time')).toHaveLength(281)
  expect(stream.events.filter(({ event }) => event === 'confirmation_required')).toHaveLength(1)
  const trail = () => replicas.flatMap((replica) => auditLinesOf(replica.log()))
  const times = (event: string) =>
    trail().filter((line) => 'turnId' in line && line.turnId === turnId && line.event === event).length
  await until(async () => times('tool_acted') >= 20)
  expect(['confirmation_asked', 'confirmation_given', 'tool_intended', 'tool_acted'].map(times)).toEqual([1, 1, 20, 20])
  expect(JSON.stringify(trail())).not.toContain(name)
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
    await agent.expire(alice)
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

  test('confirms nothing by changes of the record', async () => {
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

  test('who makes the turn start again gets only the shown calls confirmed: other arguments cause a new question', async () => {
    const alice = await asked()
    // Without its memory the turn starts again.
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

  test('who deletes the record of the effects has no call made about which the user was asked', async () => {
    const alice = await asked(20)
    await redis.del(turnEffectsKey(alice.turnId))
    await resumed(alice.turnId)
    expect(opened(alice.name)).toHaveLength(5)
    expect((await answer(alice.who, alice.id, 'confirmed')).status).toBe(204)
    await alice.stream.answer()
    expect(opened(alice.name)).toHaveLength(20)
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
