import { RECORDS } from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { kindOf, patternOf, type Somebody, somebodyWithEveryRecord } from '../support/every-record.ts'
import { stackOfThisWorker } from '../support/stack.ts'
import { mendVendor } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const attacks = attacksOn(stack)
const { redis } = attacks

/** Bob's records before the tests: a service may delete a revocation that does not fit a connection which a test has changed. */
const originals = new Map<string, Buffer>()

let [alice, bob]: [Somebody, Somebody] = [undefined as never, undefined as never]
afterAll(() => mendVendor(stack, 'slack'))
beforeAll(async () => {
  ;[alice, bob] = [await somebodyWithEveryRecord(stack, attacks), await somebodyWithEveryRecord(stack, attacks)]
  for (const key of bob.keys) originals.set(key, await redis.dumpBuffer(key))
})

test('every key and every field of two users, and of the shared records, is in the contract’s list', async () => {
  // Records of other users are left out: other tests plant invalid fields in this stack.
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
  /** These users have no such records. */
  const elsewhere = /^(sign-in|erasure|consent-request|mcp-effects):/
  const played = sealed.filter(({ kind }) => !elsewhere.test(kind.key))

  test.each(played.map(({ kind, field }) => ({ name: `${field} of ${kind.key}`, kind, field })))(
    'shows bob nothing of alice: $name',
    async ({ kind, field }) => {
      const ofKind = ({ keys }: Somebody) => keys.filter((key) => kindOf(key) === kind).sort()
      const [from, to] = [ofKind(alice), ofKind(bob)]
      expect(from.length * to.length).toBeGreaterThan(0)
      let written = 0
      for (const target of to) {
        const before = (await redis.dumpBuffer(target)) ?? originals.get(target)
        const ttl = Math.max(0, await redis.pttl(target))
        for (const source of from) {
          if (await put(source, target, field)) written++
          const shown = await shownTo(bob)
          await redis.restore(target, ttl, before, 'REPLACE')
          expect(shown).not.toContain(alice.who.username)
        }
      }
      expect(written).toBeGreaterThan(0)
      expect(await shownTo(bob)).toContain(bob.who.username)
    },
  )
})

/** @returns whether the source has that field */
async function put(source: string, target: string, field: string): Promise<boolean> {
  if (field === 'value' || field === 'element') return (await redis.copy(source, target, 'REPLACE')) === 1
  const isPattern = field === '*' || field.includes('<')
  const given = isPattern ? await redis.hgetall(source) : { [field]: (await redis.hget(source, field)) ?? '' }
  await redis.hset(target, given)
  return Object.values(given).some((value) => value !== '')
}
