import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import * as contracts from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CONTAINER_NAMES, type ContainerName } from '../names.ts'
import { REDIS_ACCESS, redisAccess } from '../redis-access.ts'

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

/** Records of MCP clients: the last is the MCP server's alone, the others are opened by the agent workload where there is an MCP server. */
const OF_MCP_CLIENTS = ['consentRequestKey', 'consentRequestIndexKey', 'mcpEffectsKey']
const ALONE = 'agent-workload-alone'

describeWithRedis('in the session store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-redis-'))
  const socket = join(directory, 'redis.sock')
  let server: ChildProcessByStdio<null, Readable, null>

  const cli = (...args: string[]) => execFileSync('redis-cli', ['-s', socket, ...args], { encoding: 'utf8' }).trim()
  /** The engine's answer to a service's own user. */
  const as = (service: ContainerName | typeof ALONE, ...command: string[]) =>
    cli('--no-auth-warning', '--user', service, '--pass', 'password', ...command)

  /** Redis 7.0, which distributions still ship, refuses rules about unknown commands. */
  const rulesFor = (access: string) => {
    const knowsSetInfo = cli('COMMAND', 'INFO', 'client|setinfo') !== ''
    return access.split(' ').filter((rule) => knowsSetInfo || rule !== '+client|setinfo')
  }

  beforeAll(async () => {
    server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', directory], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    for await (const line of server.stdout) if (String(line).includes('ready to accept connections')) break
    for (const [user, access] of Object.entries({ ...redisAccess(true), [ALONE]: REDIS_ACCESS['agent-workload'] }))
      expect(cli('ACL', 'SETUSER', user, 'reset', '>password', ...rulesFor(access))).toBe('OK')
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

  test.each(CONTAINER_NAMES)('%s cannot touch the server or see every key', (service) => {
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

  test.each(CONTAINER_NAMES)('%s can connect as its client library does', (service) => {
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
    const allowed = /^\d+$/
    for (const [name, keyOf] of kinds) {
      const exists = (service: 'agent-workload' | typeof ALONE) =>
        as(service, 'EXISTS', keyOf(`${SESSION}.${ID}`, 'github'))
      expect([name, exists(ALONE), exists('agent-workload')]).toEqual([
        name,
        expect.stringMatching(OF_MCP_CLIENTS.includes(name) ? /^NOPERM/ : allowed),
        expect.stringMatching(name === 'mcpEffectsKey' ? /^NOPERM/ : allowed),
      ])
    }
  })

  const user = 'C'.repeat(22)
  const connection = `connection:{${user}}:github`
  const vendorCalls = `vendor-calls:{${user}}:github`
  const connectionUses = `connection-uses:{${user}}:github:${'D'.repeat(11)}`
  const consentRequest = `consent-request:{${user}}:${ID}`
  const effects = `mcp-effects:{${user}}:x`

  test.each([
    [
      'asks for a consent, once for each need',
      [
        'EVAL',
        "redis.call('HGETALL', KEYS[1]) redis.call('HSET', KEYS[2], 'progress', 'x') redis.call('HSET', KEYS[1], 'n', 'x') redis.call('HDEL', KEYS[1], 'n') return redis.call('PEXPIREAT', KEYS[2], '99999999999999')",
        '2',
        `consent-request-index:{${user}}`,
        consentRequest,
      ],
      '1',
    ],
    ['reads what it asked for', ['HMGET', consentRequest, 'facts'], ''],
    ['reads a connection', ['HGET', connection, 'record'], ''],
    [
      'notes a call to a vendor while the connection is the same',
      [
        'EVAL',
        "redis.call('HGET', KEYS[1], 'record') redis.call('ZADD', KEYS[2], '1', 'x') return redis.call('ZREM', KEYS[2], 'x')",
        '2',
        connection,
        vendorCalls,
      ],
      '1',
    ],
    ['reads whether its user was erased', ['GET', `erasure:{${user}}`], ''],
    ['reads whether the user is asked first', ['GET', `ask-first:{${user}}:github`], ''],
    [
      'notes what a connection was used for',
      [
        'EVAL',
        "redis.call('RPUSH', KEYS[1], 'x') redis.call('LTRIM', KEYS[1], -100, -1) return redis.call('EXPIRE', KEYS[1], 60)",
        '1',
        connectionUses,
      ],
      '1',
    ],
    ['keeps what a call has changed', ['EVAL', "return redis.call('HSETNX', KEYS[1], 'call', 'x')", '1', effects], '1'],
    ['tells that a request is settled', ['PUBLISH', contracts.CONSENT_REQUEST_SETTLED_CHANNEL, 'x'], '0'],
    [
      'counts a client’s calls',
      ['EVAL', "return redis.call('INCRBY', KEYS[1], 1)", '1', contracts.rateLimitKey('mcp-client', 'x')],
      '1',
    ],
  ])('the MCP server %s', (_what, command, answer) => {
    expect(as('mcp-server', ...command)).toBe(answer)
  })

  test.each([
    ['a user session', ['GET', userSession]],
    ['a user’s tokens', ['GET', `user-tokens:{${SESSION}}`]],
    ['a turn', ['HGETALL', `turn:{${ID}}:x`]],
    ['a pending authorization', ['HGETALL', pending]],
    ['what is left to revoke', ['GET', `revocation:{${user}}:github`]],
    ['what a connection was used for', ['LRANGE', connectionUses, '0', '-1']],
    ['which conversations a user has', ['ZRANGE', `conversations-of-user:{${user}}`, '0', '-1']],
    ['a notification', ['XRANGE', notifications, '-', '+']],
  ])('the MCP server cannot read %s', (_what, command) => {
    expect(as('mcp-server', ...command)).toMatch(/^NOPERM/)
  })

  test.each([
    ['change a connection', ['HSET', connection, 'record', 'forged']],
    ['forget that a user has disconnected', ['DEL', connection]],
    ['choose for the user', ['SET', `ask-first:{${user}}:github`, 'forged']],
    ['make a pending authorization', ['HSET', pending, 'status', 'bound']],
    ['make a user session', ['SET', userSession, 'forged']],
    ['forget what it changed at a vendor', ['DEL', effects]],
    ['count for another limit', ['INCRBY', contracts.rateLimitKey('turn', 'x'), '1']],
    ['tell that an authorization is settled', ['PUBLISH', contracts.AUTHORIZATION_SETTLED_CHANNEL, 'x']],
  ])('the MCP server cannot %s, in a script either', (_what, command) => {
    expect(as('mcp-server', ...command)).toMatch(/^NOPERM/)
    const [name = '', ...args] = command
    const call = `return redis.call('${name}', ${args.map((arg) => `'${arg}'`).join(', ')})`
    expect(as('mcp-server', 'EVAL', call, '2', connection, vendorCalls)).toMatch(SCRIPT_REFUSED)
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
