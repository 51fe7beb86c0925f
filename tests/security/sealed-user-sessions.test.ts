import { userSessionKey, userTokensKey } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { Person } from '../support/person.ts'
import { userSessionRefOf, withRedis } from '../support/redis.ts'
import { sealerOf } from '../support/secrets.ts'
import { emulatorOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)

const storedAt = (key: string) => withRedis(stack, async (redis) => (await redis.get(key)) ?? '')
const write = (key: string, value: string) => withRedis(stack, (redis) => redis.set(key, value, 'KEEPTTL'))
const flipped = (sealed: string) => {
  const middle = Math.floor(sealed.length / 2)
  return sealed.slice(0, middle) + (sealed[middle] === 'A' ? 'B' : 'A') + sealed.slice(middle + 1)
}
const whoIs = async (person: Person) => {
  const answer = await person.api('/api/session')
  return answer.status === 200 ? (JSON.parse(answer.body) as { user: { name: string } }).user.name : answer.status
}
const nameOf = ({ username }: Person) => username.charAt(0).toUpperCase() + username.slice(1)

/** By an attacker with write access to Redis, but no key. */
const ALTERATIONS: [string, (own: string, theirs: string) => string][] = [
  ['another user’s', (_own, theirs) => theirs],
  ['altered', (own) => flipped(own)],
  ['cut short', (own) => own.slice(0, 40)],
  ['empty', () => ''],
  ['without a key id', (own) => own.slice(own.indexOf('.') + 1)],
  ['under the id of another key', (own) => `other.${own.slice(own.indexOf('.') + 1)}`],
  [
    'not sealed at all',
    () => JSON.stringify({ user: { issuer: 'x', subject: 'admin', name: 'x' }, signedInAt: 1, endsAt: 9e15 }),
  ],
]

describe.each(ALTERATIONS)('a user session that is %s', (_what, alter) => {
  test('signs in neither its user nor the attacker; restored, it is the user’s again', async () => {
    const [victim, attacker] = [await signedIn(stack), await signedIn(stack)]
    const [own, theirs] = [
      userSessionKey(await userSessionRefOf(victim)),
      userSessionKey(await userSessionRefOf(attacker)),
    ]
    const before = await storedAt(own)
    const calls = (await emulator.calls()).length

    await write(own, alter(before, await storedAt(theirs)))
    expect(await whoIs(victim)).toBe(401)
    expect((await victim.postTurn({ message: 'List my repositories' })).status).toBe(401)
    // The reverse: the victim's record under the attacker's own cookie.
    const attackers = await storedAt(theirs)
    await write(theirs, before)
    expect(await whoIs(attacker)).toBe(401)
    expect(await emulator.calls()).toHaveLength(calls)

    await write(own, before)
    await write(theirs, attackers)
    expect([await whoIs(victim), await whoIs(attacker)]).toEqual([nameOf(victim), nameOf(attacker)])
  })
})

describe.each(ALTERATIONS)('a record of user tokens that is %s', (_what, alter) => {
  test('is not sent to AgentCore when the link is opened, and after it is restored the link works', async () => {
    const [victim, other] = [await signedIn(stack), await signedIn(stack)]
    const [own, theirs] = [userTokensKey(await userSessionRefOf(victim)), userTokensKey(await userSessionRefOf(other))]
    const before = await storedAt(own)
    const count = await emulator.counting()

    await write(own, alter(before, await storedAt(theirs)))
    const { stream } = await victim.ask('List my repositories')
    const { data } = await stream.next('authorization_required')
    const started = await victim.api(data.startUrl, { headers: { accept: 'text/html' } })
    expect([started.status, started.headers.location]).toEqual([409, undefined])
    for (const operation of ['GetWorkloadAccessTokenForJWT', 'GetResourceOauth2Token'])
      expect(await count(operation)).toBe(0)

    await write(own, before)
    await victim.connect(data.startUrl)
    expect(await stream.answer()).toContain(`repo-of-${victim.username}`)
  })
})

test('another user’s message and conversation, copied over the attacker’s own, are not shown and cannot be continued', async () => {
  const [victim, attacker] = [await signedIn(stack), await signedIn(stack)]
  const theirs = await victim.ask('What can you do about my secret plans?')
  await theirs.stream.answer()
  const own = await attacker.ask('What can you do?')
  await own.stream.answer()
  const [from, to] = [theirs, own].map(({ turnId }) => `turn:{${turnId.split('.')[0]}}:${turnId.split('.')[1]}`)
  await withRedis(stack, async (redis) => {
    await redis.hset(to ?? '', 'facts', (await redis.hget(from ?? '', 'facts')) ?? '')
    for (const key of await redis.keys(`conversation-snapshot:{${theirs.conversationId}}*`))
      await redis.copy(key, key.replace(theirs.conversationId, own.conversationId), 'REPLACE')
  })

  const shown = await attacker.api(`/api/conversations/${own.conversationId}`)
  expect([shown.status, JSON.parse(shown.body).turns]).toEqual([200, []])
  const next = await attacker.ask('And then?', own.conversationId)
  expect((await next.stream.next('error')).data.code).toBe('turn_failed')
  expect(next.stream.text).not.toContain('secret plans')
  const again = await victim.ask('What can you do?', theirs.conversationId)
  expect(await again.stream.answer()).toContain('I can')
})

test('the events of another user’s turn, copied over the attacker’s own, are not shown', async () => {
  const [victim, attacker] = [await signedIn(stack), await signedIn(stack)]
  const theirs = await victim.ask('List my repositories')
  await victim.connect((await theirs.stream.next('authorization_required')).data.startUrl)
  await theirs.stream.answer()
  const own = await attacker.ask('What can you do?')
  await own.stream.answer()
  const [from, to] = [theirs, own].map(({ turnId }) => `turn-events:{${turnId.split('.')[0]}}:${turnId.split('.')[1]}`)
  await withRedis(stack, (redis) => redis.copy(from ?? '', to ?? '', 'REPLACE'))

  const shown = await attacker.api(own.eventsUrl)
  expect(shown.body).not.toMatch(/data: .*\S/)
  expect(shown.body).not.toContain(victim.username)
  expect((await victim.api(theirs.eventsUrl)).body).toContain('authorization_completed')
})

test('a value sealed with the right keys opens: the values above are refused because of their seals', async () => {
  const somebody = await signedIn(stack)
  const ref = await userSessionRefOf(somebody)
  const sealer = sealerOf(stack, 'USER_SESSION_KEYS', 'user session')
  const record = JSON.parse(sealer.open(await storedAt(userSessionKey(ref)), userSessionKey(ref)))
  record.user.name = 'Renamed with the key'
  await write(userSessionKey(ref), sealer.seal(JSON.stringify(record), userSessionKey(ref)))
  expect(await whoIs(somebody)).toBe('Renamed with the key')
})
