import { RECORDS, type RecordKind } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import type { Person } from '../support/person.ts'
import { userSessionRefOf } from '../support/redis.ts'
import { userSessionOf } from '../support/secrets.ts'
import { stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { failVendor, mendVendor } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const { waiting, redis } = attacksOn(stack)

/** `turn:{conversation}:<random>` is the form of a turn's key, which does not match `turn-events:…`. */
const patternOf = (name: string) =>
  new RegExp(`^${name.replace(/\{[^}]+\}/g, '\\{[^}]+\\}').replace(/<[^>]+>/g, '[^{}]+')}$`)
const kindOf = (key: string): RecordKind | undefined => RECORDS.find((kind) => patternOf(kind.key).test(key))

/** A user who has connected GitHub, got an answer, and waits for another consent. */
interface Somebody {
  who: Person
  conversationId: string
  turnId: string
  keys: string[]
}

async function somebody(): Promise<Somebody> {
  const first = await waiting()
  await first.who.connect(first.startUrl)
  await first.stream.answer()
  const turnId = first.eventsUrl.split('/')[3] ?? ''
  const conversationId = turnId.split('.')[0] ?? ''
  // A user whose turn has made a change, asks before the next change, and waits for another consent.
  const repository = `${first.who.username}/repo-of-${first.who.username}`
  const changed = await first.who.askConsenting(`Open an issue titled Mine in ${repository}`, conversationId)
  await changed.stream.answer()
  await first.who.api('/api/connections/github/ask-first', { method: 'PUT', json: { askFirst: true } })
  const asked = await first.who.ask(`Open an issue titled Another in ${repository}`, conversationId)
  await asked.stream.next('confirmation_required')
  await waiting(first.who, 'What is on my calendar today?')
  // They have ended a connection, and its vendor has not answered yet.
  const ahead = await first.who.api('/api/connections/slack/authorizations', { method: 'POST' })
  await first.who.connect(JSON.parse(ahead.body).startUrl)
  await until(async () => (await first.who.api('/api/connections')).body.includes(`${first.who.username} at Example`))
  await failVendor(stack, 'slack', { path: '/api/auth.revoke', status: 500, times: 1_000 })
  const ended = await first.who.api('/api/connections/slack', { method: 'DELETE' })
  expect(JSON.parse(ended.body)).toMatchObject({ status: 'disconnecting' })
  const tags = [
    await userSessionRefOf(first.who),
    userRef((await userSessionOf(stack, first.who)).user),
    conversationId,
  ]
  const keys = (await Promise.all(tags.map((tag) => redis.keys(`*{${tag}}*`)))).flat()
  return { who: first.who, conversationId, turnId, keys }
}

let [alice, bob]: [Somebody, Somebody] = [undefined as never, undefined as never]
afterAll(() => mendVendor(stack, 'slack'))
beforeAll(async () => {
  ;[alice, bob] = [await somebody(), await somebody()]
})

test('every key and every field that the services write is in the contract’s list', async () => {
  // Only of these two users and of common records: other tests plant invalid fields in this stack.
  const shared = [...(await redis.keys('*{agent-workload}')), ...(await redis.keys('rate-limit:*'))]
  const all = [...alice.keys, ...bob.keys, ...shared]
  expect(new Set(all.map(kindOf)).size).toBeGreaterThan(12)
  expect(all.filter((key) => !kindOf(key))).toEqual([])
  const unknown: string[] = []
  for (const key of all) {
    if ((await redis.type(key)) !== 'hash') continue
    const fields = kindOf(key)?.fields.map(({ field }) => field) ?? []
    const listed = (field: string) => fields.some((name) => name === '*' || patternOf(name).test(field))
    unknown.push(...(await redis.hkeys(key)).filter((field) => !listed(field)).map((field) => `${key} ${field}`))
  }
  expect(unknown).toEqual([])
})

/** Everything that this user can see, at every address. */
async function shownTo({ who, conversationId, turnId }: Somebody): Promise<string> {
  const paths = ['/api/session', '/api/connections', '/connections', '/']
  const own = [`/api/conversations/${conversationId}`, `/api/turns/${turnId}/events`]
  const answers = await Promise.all([...paths, ...own].map((path) => who.api(path)))
  return answers.map(({ status, body }) => `${status} ${body}`).join('\n')
}

const sealed = RECORDS.flatMap((kind) =>
  kind.fields.filter(({ vouchedBy }) => vouchedBy !== 'nothing').map(({ field }) => ({ kind, field })),
)

describe('a writer of Redis without a key, who puts a field of alice’s record into bob’s,', () => {
  /** A sign-in is over once it is used, and there is no MCP server here: other tests play them. */
  const elsewhere = /^(sign-in|consent-request|connection-use|mcp-effects):/
  const played = sealed.filter(({ kind }) => !elsewhere.test(kind.key))

  test.each(played.map(({ kind, field }) => ({ name: `${field} of ${kind.key}`, kind, field })))(
    'shows bob nothing of alice: $name',
    async ({ kind, field }) => {
      const ofKind = ({ keys }: Somebody) => keys.filter((key) => kindOf(key) === kind).sort()
      const [from, to] = [ofKind(alice), ofKind(bob)]
      expect(from.length * to.length).toBeGreaterThan(0)
      for (const target of to) {
        const before = await redis.dumpBuffer(target)
        const ttl = Math.max(0, await redis.pttl(target))
        for (const source of from) {
          await put(source, target, field)
          const shown = await shownTo(bob)
          await redis.restore(target, ttl, before, 'REPLACE')
          expect(shown).not.toContain(alice.who.username)
        }
      }
      expect(await shownTo(bob)).toContain(bob.who.username)
    },
  )
})

async function put(source: string, target: string, field: string): Promise<void> {
  if (field === 'value' || field === 'element') await redis.copy(source, target, 'REPLACE')
  else if (field === '*' || field.includes('<')) await redis.hset(target, await redis.hgetall(source))
  else await redis.hset(target, field, (await redis.hget(source, field)) ?? '')
}
