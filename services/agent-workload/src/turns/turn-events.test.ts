import { type AuthorizationRequired, type TurnEvent, type TurnId, turnEventsKey } from '@agent-identity/contracts'
import { UnsealError } from '@agent-identity/service-runtime'
import { afterAll, describe, expect, test } from '@jest/globals'
import { LEASE_MS, startTurns } from './test-support/turns-in-redis.ts'

const done = { event: 'done', data: {} } as const
const text = (delta: string) => ({ event: 'text', data: { delta } }) as const

const { turns, redis, claim, claimed, advance, stop } = await startTurns()
afterAll(stop)

const eventsOf = async (turnId: TurnId) =>
  (await turns.eventsAfter(turnId, '0-0')).map(({ event, data }) => `${event} ${data}`)

describe('an event in Redis', () => {
  type Fields = [event: string, data: string]
  const stored = async (turnId: TurnId): Promise<Fields[]> =>
    (await redis.xrange(turnEventsKey(turnId), '-', '+')).map(([, [, event = '', , data = '']]) => [event, data])
  const write = (turnId: TurnId, [event, data]: Fields) =>
    redis.xadd(turnEventsKey(turnId), '*', 'event', event, 'data', data)

  test('contains no text, name or account in the clear', async () => {
    const { turnId, run } = await claimed()
    await turns.append(turnId, text('the secret heron'), run)
    await turns.asked(turnId, run).announce('github repo', {
      authorizationId: `${'s'.repeat(22)}.${'i'.repeat(22)}`,
      displayName: 'the secret heron',
    } as AuthorizationRequired)
    const completed = { authorizationId: `${'s'.repeat(22)}.${'i'.repeat(22)}`, account: 'the secret heron' }
    await turns.append(turnId, { event: 'authorization_completed', data: completed } as TurnEvent)
    await turns.end(turnId, run, 'done', [text('the secret heron'), done])
    expect(await eventsOf(turnId)).toHaveLength(5)
    expect(JSON.stringify(await stored(turnId))).not.toContain('heron')
    expect((await stored(turnId)).map(([event]) => event)).toContain('authorization_completed')
  })

  const forged: [string, (own: Fields, others: Fields) => Fields][] = [
    ['of another turn', (_own, others) => others],
    ['under another name', ([, data]) => ['done', data]],
    ['that is altered', ([event, data]) => [event, `${data.slice(0, -8)}AAAAAAAA`]],
    ['that is not sealed', ([event]) => [event, '{"delta":"forged"}']],
    ['that declares events void, with further members', () => ['restarted', '{"after":"0-0","delta":"forged"}']],
  ]

  test.each(forged)('%s is not returned', async (_name, forge) => {
    const [own, other] = [await claimed(), await claimed()]
    await turns.append(own.turnId, text('mine'), own.run)
    await turns.append(other.turnId, text('theirs'), other.run)
    const [[first], [theirs]] = [await stored(own.turnId), await stored(other.turnId)]
    await write(own.turnId, forge(first as Fields, theirs as Fields))
    await expect(eventsOf(own.turnId)).rejects.toThrow(UnsealError)
    expect(await eventsOf(other.turnId)).toEqual(['text {"delta":"theirs"}'])
  })
})

describe('the events of a dead run', () => {
  const cursorOf = async (turnId: TurnId, at: number) => (await turns.eventsAfter(turnId, '0-0')).at(at)?.id

  test('are void from that run’s start, also when the next one dies, too', async () => {
    const { turnId, run } = await claimed()
    await turns.append(turnId, text('before the wait'), run)
    await turns.suspend(turnId, run)
    const resumed = await claim(turnId, 'resume')
    const began = await cursorOf(turnId, 0)
    await turns.append(turnId, text('lost'), resumed)
    for (let deaths = 0; deaths < 2; deaths++) {
      advance(LEASE_MS)
      await turns.claim(turnId, 'resume')
    }
    const restarts = (await eventsOf(turnId)).filter((event) => event.startsWith('restarted'))
    expect(restarts).toEqual([`restarted {"after":"${began}"}`, `restarted {"after":"${began}"}`])
  })

  test('need no marker when there are none', async () => {
    const { turnId } = await claimed()
    advance(LEASE_MS)
    await turns.claim(turnId, 'start')
    expect(await eventsOf(turnId)).toEqual([])
  })
})

describe('an authorization is announced once per turn', () => {
  const required = (letter: string) =>
    ({
      authorizationId: letter.repeat(22) as never,
      provider: 'github' as const,
      displayName: 'GitHub',
      scopes: [],
      startUrl: '/',
      expiresAt: '',
    }) satisfies AuthorizationRequired

  test('however often the tool runs; another one for the same request is announced, too', async () => {
    const { turnId, run } = await claimed()
    const asking = turns.asked(turnId, run)
    expect(await asking.find('github repo')).toBeUndefined()
    for (const event of [required('i'), required('i'), required('j'), required('i')]) {
      await asking.announce('github repo', event)
      expect(await asking.find('github repo')).toBe(event.authorizationId)
    }
    expect(await eventsOf(turnId)).toHaveLength(2)
  })

  test('by two tools of one message at once, with the same request or with different ones, and by the next run', async () => {
    const { turnId, run } = await claimed()
    const asking = turns.asked(turnId, run)
    const requests = ['github repo', 'github repo', 'startOver github repo']
    await Promise.all(requests.map((request) => asking.announce(request, required('i'))))
    await turns.suspend(turnId, run)
    await turns.asked(turnId, await claim(turnId, 'resume')).announce('held github repo', required('i'))
    expect(await Promise.all(requests.map(asking.find))).toEqual(requests.map(() => required('i').authorizationId))
    expect(await eventsOf(turnId)).toHaveLength(1)
  })
})
