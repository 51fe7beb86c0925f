import * as contracts from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import {
  ID,
  inTheSessionStore,
  notifications,
  pending,
  SCRIPT_REFUSED,
  SESSION,
  userSession,
} from './engine-with-access.ts'

inTheSessionStore(({ as }) => {
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
})
