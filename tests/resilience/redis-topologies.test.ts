import {
  BINDING_NOTIFICATIONS_STREAM,
  DUE_KEY,
  TURN_EVENTS_CHANNEL,
  TURN_WORK_STREAM,
  USER_SESSION_ENDED_CHANNEL,
} from '@agent-identity/contracts'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { outcomeOf, type Person } from '../support/person.ts'
import { redisRefusals } from '../support/redis-monitor.ts'
import { freePorts } from '../support/service-process.ts'
import { person, type Stack } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'
import { makeCertificate } from './support/certificates.ts'
import { signIn } from './support/flows.ts'
import { startRedisCluster, startRedisServer } from './support/redis-servers.ts'
import { redisUsers } from './support/redis-users.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const stopping = <Started extends { stop(): Promise<void> }>(started: Started): Started => {
  stops.push(() => started.stop())
  return started
}

async function somebody(stack: Stack, n: number): Promise<Person> {
  const who = person(stack, `user-${n}`)
  await signIn(who)
  return who
}

async function wholeFlow(stack: Stack, n: number): Promise<void> {
  const who = await somebody(stack, n)
  const { stream, conversationId } = await who.ask('What is on my calendar today and list my repositories')
  const calendar = await stream.next('authorization_required')
  const github = await stream.next('authorization_required', [calendar as never])
  for (const { data } of [calendar, github]) expect(outcomeOf(await who.consent(data.startUrl))).toBe('bound')
  const answer = await stream.answer()
  expect(answer).toContain(`repo-of-${who.username}`)
  expect(answer).toMatch(/Meeting of user-/i)

  const stepUp = await who.ask('Add Lunch at 12:30 to my calendar', conversationId)
  const { data } = await stepUp.stream.next('authorization_required')
  expect(outcomeOf(await who.consent(data.startUrl))).toBe('bound')
  expect(await stepUp.stream.answer()).toContain('Lunch is on your calendar')

  const connections = JSON.parse((await who.api('/api/connections')).body) as { provider: string; status: string }[]
  const connected = connections.flatMap(({ provider, status }) => (status === 'connected' ? [provider] : []))
  expect(connected).toEqual(['github', 'google-calendar'])

  const waiting = await who.askConsenting(`Open an issue titled X in ${who.username}/missing`)
  expect(await waiting.stream.answer()).toContain('does not know that')
  await who.signOut()
  expect((await who.api('/api/session')).status).toBe(401)
}

const READERS: Readonly<Record<string, (key: string) => string[]>> = {
  string: (key) => ['GET', key],
  hash: (key) => ['HMGET', key, 'progress'],
  list: (key) => ['LRANGE', key, '0', '-1'],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, '0', '-1'],
  stream: (key) => ['XRANGE', key, '-', '+'],
}

/** Tries to read every key: directly, and in scripts, where it is declared as a key or given as an argument. */
async function seesOnlyWhatItBinds(binding: Redis, administrator: Redis): Promise<void> {
  const keys = await administrator.keys('*')
  const kinds = new Set(keys.map((key) => key.split(':{')[0]))
  for (const kind of ['user-tokens', 'turn', 'turn-events', 'turn-effects', 'conversation-snapshot', 'connections'])
    expect(kinds).toContain(kind)
  const seen = new Set<string>()
  for (const key of keys) {
    const [name = '', ...args] = READERS[await administrator.type(key)]?.(key) ?? ['GET', key]
    const call = (first: string) =>
      `return redis.call('${name}', ${[first, ...args.slice(1).map((arg) => `'${arg}'`)]})`
    const attempts: [string, string[]][] = [
      [name, args],
      ['EVAL', [call('KEYS[1]'), '1', key]],
      ['EVAL', [call('ARGV[1]'), '0', key]],
      ['EXISTS', [key]],
    ]
    for (const [command, given] of attempts)
      if (await isAllowed(binding, command, given)) seen.add(`${command} ${key.split(':{')[0]}`)
  }
  expect([...seen].sort()).toEqual([
    'EVAL start',
    'EVAL user-session',
    'EXISTS user-session',
    'GET user-session',
    'HMGET start',
  ])
}

async function changesNothingElse(binding: Redis, administrator: Redis): Promise<void> {
  const session = (await administrator.keys('user-session:*'))[0] ?? ''
  const turn = (await administrator.keys('turn:*'))[0] ?? ''
  const refused: [string, ...string[]][] = [
    ...['SET', 'APPEND', 'GETSET', 'SETNX'].map((name): [string, ...string[]] => [name, session, 'x']),
    ['EXPIRE', session, '9999'],
    ['PERSIST', session],
    ['DEL', session],
    ['UNLINK', session],
    ['RENAME', session, 'elsewhere'],
    ['COPY', session, 'elsewhere'],
    ['EVAL', "return redis.call('SET', KEYS[1], 'x')", '1', session],
    ['EVAL', "return redis.call('DEL', KEYS[1])", '1', session],
    ['HSET', turn, 'status', 'done'],
    ['XREADGROUP', 'GROUP', 'agent-workload', 'c', 'STREAMS', TURN_WORK_STREAM, '>'],
    ['XADD', TURN_WORK_STREAM, '*', 'turnId', 'x'],
    ['XRANGE', BINDING_NOTIFICATIONS_STREAM, '-', '+'],
    ['ZRANGE', DUE_KEY, '0', '-1'],
    ['ZREM', DUE_KEY, 'x'],
    ['PUBLISH', TURN_EVENTS_CHANNEL, 'x'],
    ['PUBLISH', USER_SESSION_ENDED_CHANNEL, 'x'],
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['RANDOMKEY'],
    ['FLUSHALL'],
    ['CONFIG', 'GET', '*'],
    ['ACL', 'LIST'],
    ['CLIENT', 'LIST'],
    ['FUNCTION', 'LIST'],
    ['SCRIPT', 'FLUSH'],
  ]
  const allowed = []
  for (const [name, ...args] of refused) if (await isAllowed(binding, name, args)) allowed.push(name)
  expect(allowed).toEqual([])
}

/** Redis checks permissions before it executes a command: any other error counts as allowed. */
async function isAllowed(redis: Redis, command: string, args: readonly string[]): Promise<boolean> {
  try {
    await redis.call(command, ...args)
    return true
  } catch (error) {
    return !/NOPERM|ACL failure|The user executing the script can't|No permissions/i.test((error as Error).message)
  }
}

describe('Redis with TLS and the users that the CDK app creates', () => {
  test('supports the whole flow without a refusal; session binding can read only the records that it needs', async () => {
    const users = redisUsers()
    const certificate = makeCertificate()
    stops.push(async () => certificate.remove())
    const [port = 0] = await freePorts(1)
    const redis = stopping(
      await startRedisServer(
        [
          ...['port 0', `tls-port ${port}`, 'tls-auth-clients no', `tls-ca-cert-file ${certificate.caFile}`],
          ...[`tls-cert-file ${certificate.certificateFile}`, `tls-key-file ${certificate.keyFile}`],
        ],
        { host: 'localhost', tls: { ca: certificate.ca } },
        port,
      ),
    )
    await users.create(redis.admin)
    const stack = stopping(
      await startStackOfItsOwn(
        { REDIS_URL: `rediss://localhost:${port}` },
        { environments: users.environments, caFile: certificate.caFile },
      ),
    )
    await wholeFlow(stack, 1)
    const who = await somebody(stack, 2)
    const { stream } = await who.ask('List my repositories')
    await stream.next('authorization_required')
    expect(await redisRefusals(redis.admin)).toEqual([])

    const tls = { ca: certificate.ca }
    const binding = new Redis({ host: 'localhost', port, tls, ...users.userOf('session-binding') })
    stops.push(async () => binding.disconnect())
    await seesOnlyWhatItBinds(binding, redis.admin)
    await changesNothingElse(binding, redis.admin)
  })
})

describe('a Redis Cluster of three masters', () => {
  test('supports the whole flow, and loses no waiting turn when a master dies', async () => {
    const users = redisUsers()
    const cluster = stopping(await startRedisCluster())
    for (const { admin } of cluster.nodes) await users.create(admin)
    const stack = stopping(
      await startStackOfItsOwn(
        // A command may wait for a connection to the node that died.
        { REDIS_URL: cluster.url, REDIS_TOPOLOGY: 'cluster', REDIS_COMMAND_TIMEOUT_MS: '5000' },
        { environments: users.environments },
      ),
    )
    await wholeFlow(stack, 1)
    for (const { admin } of cluster.nodes) expect(await redisRefusals(admin)).toEqual([])

    // Their records are in many slots.
    const people = await Promise.all(Array.from({ length: 8 }, (_, n) => somebody(stack, n + 2)))
    const waits = await Promise.all(
      people.map(async (who) => {
        const { stream } = await who.ask('List my repositories')
        return { who, stream, startUrl: (await stream.next('authorization_required')).data.startUrl }
      }),
    )
    await cluster.failOver(TURN_WORK_STREAM)
    for (const { who } of waits) await until(async () => (await who.api('/api/session')).status === 200)
    await Promise.all(
      waits.map(async ({ who, stream, startUrl }) => {
        expect(outcomeOf(await who.consent(startUrl))).toBe('bound')
        expect(await stream.answer()).toContain(`repo-of-${who.username}`)
      }),
    )
    await wholeFlow(stack, 10)
  })
})
