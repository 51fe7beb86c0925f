import { type ConnectionId, connectionUsesKey, type UserRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createConnectionUses } from '../connections/uses.ts'
import { createLeftTokens } from './left-tokens.ts'

const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const log = createLogger({ service: 'agent-workload', level: 'fatal' })
const alice = 'a'.repeat(22) as UserRef
const entryOf = (label: string) => ({
  credentialProvider: 'github',
  scopes: 'repo',
  parameters: { connection_label: label, prompt: 'consent' },
})

let server: TestRedis
let redis: Awaited<ReturnType<TestRedis['ready']>>
beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
})
afterAll(() => server.stop())

test('a token that is still to be revoked is sealed, found by its entry, and gone after a day at the latest', async () => {
  const tokens = createLeftTokens({ redis, userTokensKeys: ring, log })
  await tokens.keep(alice, entryOf('one'), 'the-access-token')
  const { connection_label, prompt } = entryOf('one').parameters
  const same = { ...entryOf('one'), parameters: { prompt, connection_label } }
  expect([await tokens.read(alice, same), await tokens.read(alice, entryOf('two'))]).toEqual([
    'the-access-token',
    undefined,
  ])
  const [key = ''] = await redis.keys('left-token:*')
  expect(await redis.get(key)).not.toContain('the-access-token')
  expect(await redis.pttl(key)).toBeLessThanOrEqual(24 * 3_600_000)
  await tokens.forget(alice, entryOf('one'))
  expect(await redis.keys('left-token:*')).toEqual([])
})

test('the last use of the agent and of each client stays, sealed', async () => {
  let now = 1_900_000_000_000
  const uses = createConnectionUses({ redis, connectionKeys: ring, clock: () => now++, log })
  const of = [alice, 'github', 'c'.repeat(11) as ConnectionId] as const
  const client = { clientId: 'https://editor.example' }
  await uses.keep({ does: 'listed' }, ...of)
  await uses.keep({ does: 'opened', client }, ...of)
  await uses.keep({ does: 'listed again' }, ...of)
  expect((await uses.list(...of)).map(({ does }) => does)).toEqual(['listed again', 'opened'])
  expect(JSON.stringify(await redis.hgetall(connectionUsesKey(...of)))).not.toMatch(/listed|editor/)
  await redis.hset(connectionUsesKey(...of), 'agent', 'nonsense')
  expect((await uses.list(...of)).map(({ does }) => does)).toEqual(['opened'])
  await uses.forget(...of)
  expect(await redis.exists(connectionUsesKey(...of))).toBe(0)
})
