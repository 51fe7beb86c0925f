import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import * as contracts from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { SERVICE_NAMES, type ServiceName } from '../names.ts'
import { REDIS_ACCESS } from '../redis-access.ts'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0
/** The engine itself checks the access strings; without one on this machine the tests are skipped. */
const describeWithRedis = isInstalled ? describe : describe.skip

const SESSION = 'A'.repeat(22)
const ID = 'B'.repeat(22)
const userSession = `user-session:{${SESSION}}`
const pending = `pending-authorization:{${SESSION}}:${ID}`
/** The error in a script whose user may not make the call. */
const SCRIPT_REFUSED = /^NOPERM|^ERR ACL failure|^ERR The user executing the script can't/
const notifications = contracts.BINDING_NOTIFICATIONS_STREAM

/** No stack deploys the MCP server, and without it the agent workload opens none of these. */
const OF_MCP_CLIENTS = ['consentRequestKey', 'consentRequestIndexKey', 'mcpEffectsKey']

describeWithRedis('in the session store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-redis-'))
  const socket = join(directory, 'redis.sock')
  let server: ChildProcessByStdio<null, Readable, null>

  const cli = (...args: string[]) => execFileSync('redis-cli', ['-s', socket, ...args], { encoding: 'utf8' }).trim()
  /** The engine's answer to a service's own user. */
  const as = (service: ServiceName, ...command: string[]) =>
    cli('--no-auth-warning', '--user', service, '--pass', 'password', ...command)

  /** Redis 7.0, which distributions still ship, refuses rules about unknown commands. */
  const rulesFor = (service: ServiceName) => {
    const knowsSetInfo = cli('COMMAND', 'INFO', 'client|setinfo') !== ''
    return REDIS_ACCESS[service].split(' ').filter((rule) => knowsSetInfo || rule !== '+client|setinfo')
  }

  beforeAll(async () => {
    server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', directory], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    for await (const line of server.stdout) if (String(line).includes('ready to accept connections')) break
    for (const service of SERVICE_NAMES)
      expect(cli('ACL', 'SETUSER', service, 'reset', '>password', ...rulesFor(service))).toBe('OK')
    cli('SET', userSession, 'sealed')
    cli('SET', `user-tokens:{${SESSION}}`, 'sealed')
    cli('HSET', pending, 'status', 'pending')
    cli('XADD', notifications, '*', 'authorizationId', 'x')
  })

  afterAll(async () => {
    server.kill()
    await once(server, 'exit')
    rmSync(directory, { recursive: true })
  })

  test.each([
    ['reads a user session', ['GET', userSession], 'sealed'],
    ['reads a pending authorization', ['HGET', pending, 'status'], 'pending'],
    [
      'claims it, if the user session still exists',
      [
        'EVAL',
        "return redis.call('EXISTS', ARGV[1]) + redis.call('HSET', KEYS[1], 'bindingEndsAt', '1')",
        '1',
        pending,
        userSession,
      ],
      '2',
    ],
    ['publishes that it is settled', ['PUBLISH', contracts.AUTHORIZATION_SETTLED_CHANNEL, 'x'], '0'],
  ])('session binding %s', (_what, command, answer) => {
    expect(as('session-binding', ...command)).toBe(answer)
  })

  test('session binding leaves a notification and cannot read one', () => {
    expect(as('session-binding', 'XADD', notifications, '*', 'authorizationId', 'x')).toMatch(/^\d+-\d+$/)
    expect(as('session-binding', 'XRANGE', notifications, '-', '+')).toMatch(/^NOPERM/)
  })

  test('session binding stores when a binding must have ended and cannot read other entries', () => {
    cli('ZADD', contracts.AUTHORIZATION_EXPIRIES_KEY, '2', 'x')
    expect(as('session-binding', 'ZADD', contracts.AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', '1', 'x')).toBe('0')
    expect(as('session-binding', 'ZRANGE', contracts.AUTHORIZATION_EXPIRIES_KEY, '0', '-1')).toMatch(/^NOPERM/)
  })

  test('session binding counts returns, and nothing else', () => {
    const count = "redis.call('set', KEYS[1], 0, 'EX', 60, 'NX') return redis.call('incrby', KEYS[1], 1)"
    expect(as('session-binding', 'EVAL', count, '1', contracts.rateLimitKey('return', 'x'))).toBe('1')
    expect(as('session-binding', 'EVAL', count, '1', contracts.rateLimitKey('turn', 'x'))).toMatch(/^NOPERM/)
    expect(as('session-binding', 'EVAL', count, '1', pending)).toMatch(SCRIPT_REFUSED)
    expect(as('session-binding', 'EVAL', count, '1', userSession)).toMatch(/^NOPERM/)
  })

  test.each([
    ['a user’s tokens', ['GET', `user-tokens:{${SESSION}}`]],
    ['a turn', ['HGETALL', `turn:{${ID}}:x`]],
    ['what the agent remembers', ['GET', `conversation-snapshot:{${ID}}:x`]],
    ['a connection', ['HGETALL', `connection:{${ID}}:github`]],
    ['a sign-in under way', ['GET', `sign-in:{${ID}}`]],
    ['which consent is open', ['GET', `consent-trip:{${SESSION}}`]],
    ['the index of pending authorizations', ['HGETALL', `pending-authorization-index:{${SESSION}}`]],
  ])('session binding cannot read %s', (_what, command) => {
    expect(as('session-binding', ...command)).toMatch(/^NOPERM/)
    expect(as('session-binding', 'EVAL', 'return 1', '1', command[1] ?? '')).toMatch(/^NOPERM/)
  })

  test.each([
    ['make a user session', ['SET', userSession, 'forged']],
    ['prolong one', ['EXPIRE', userSession, '999999']],
    ['end one', ['DEL', userSession]],
    ['make it something else', ['HSET', userSession, 'x', 'y']],
    ['forget a pending authorization', ['DEL', pending]],
    ['tell replicas that a user session ended', ['PUBLISH', contracts.USER_SESSION_ENDED_CHANNEL, 'x']],
    ['list keys', ['SCAN', '0']],
  ])('session binding cannot %s, in a script either', (_what, command) => {
    expect(as('session-binding', ...command)).toMatch(/^NOPERM/)
    const [name = '', ...args] = command
    const call = `return redis.call('${name}', ${args.map((arg) => `'${arg}'`).join(', ')})`
    expect(as('session-binding', 'EVAL', call, '1', pending)).toMatch(SCRIPT_REFUSED)
  })

  test.each(SERVICE_NAMES)('%s cannot touch the server or see every key', (service) => {
    for (const command of [
      ['KEYS', '*'],
      ['SCAN', '0'],
      ['RANDOMKEY'],
      ['FLUSHALL'],
      ['CONFIG', 'GET', '*'],
      ['ACL', 'LIST'],
      ['SET', 'elsewhere', 'x'],
    ])
      expect(as(service, ...command)).toMatch(/^NOPERM/)
  })

  test.each(SERVICE_NAMES)('%s can connect as its client library does', (service) => {
    expect(as(service, 'INFO', 'server')).toContain('redis_version')
    expect(as(service, 'CLIENT', 'SETNAME', 'x')).toBe('OK')
    // Errors other than a missing permission are accepted: a single server answers some of these with one.
    for (const command of [['CLUSTER', 'SLOTS'], ['CLUSTER', 'INFO'], ['READONLY'], ['READWRITE'], ['ASKING']])
      expect(as(service, ...command)).toContain('cluster support disabled')
    expect(as(service, 'PING')).toBe('PONG')
  })

  test('the agent workload may use every kind of record in the contract', () => {
    // A new kind of record in the contract fails here until redis-access.ts names it.
    const kinds = Object.entries(contracts).filter(([name]) => name.endsWith('Key')) as [
      string,
      (...ids: string[]) => string,
    ][]
    expect(kinds.length).toBeGreaterThan(10)
    for (const [name, keyOf] of kinds)
      expect([name, as('agent-workload', 'EXISTS', keyOf(`${SESSION}.${ID}`, 'github'))]).toEqual([
        name,
        expect.stringMatching(OF_MCP_CLIENTS.includes(name) ? /^NOPERM/ : /^\d+$/),
      ])
  })

  test('the agent workload has the commands that its records need', () => {
    const turn = `turn:{${ID}}:x`
    expect(as('agent-workload', 'HSET', turn, 'status', 'queued')).toBe('1')
    expect(as('agent-workload', 'XGROUP', 'CREATE', contracts.TURN_WORK_STREAM, 'g', '$', 'MKSTREAM')).toBe('OK')
    expect(as('agent-workload', 'XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', contracts.TURN_WORK_STREAM, '>')).toBe('')
    expect(as('agent-workload', 'XAUTOCLAIM', contracts.TURN_WORK_STREAM, 'g', 'c', '0', '0')).toContain('0-0')
    expect(as('agent-workload', 'GETDEL', `sign-in:{${ID}}`)).toBe('')
    expect(as('agent-workload', 'ZADD', contracts.AUTHORIZATION_EXPIRIES_KEY, '1', 'y')).toBe('1')
    expect(as('agent-workload', 'PUBLISH', contracts.TURN_EVENTS_CHANNEL, 'x')).toBe('0')
    expect(as('agent-workload', 'EVAL', "return redis.call('PEXPIRE', KEYS[1], 1000)", '1', turn)).toBe('1')
  })
})
