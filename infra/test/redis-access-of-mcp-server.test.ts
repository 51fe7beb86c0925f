import * as contracts from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import {
  ID,
  inTheSessionStore,
  notifications,
  SCRIPT_REFUSED,
  SESSION,
  start,
  userSession,
} from './engine-with-access.ts'

inTheSessionStore(({ as }) => {
  const user = 'C'.repeat(22)
  const connections = `connections:{${user}}:github`
  const connectionUses = `connection-uses:{${user}}:github:${'D'.repeat(22)}`
  const authorization = `authorization:{${user}}:${ID}`
  const authorizations = `authorizations:{${user}}`
  const effects = `mcp-effects:{${user}}:x`

  test.each([
    [
      'makes an authorization, and replaces it',
      [
        'EVAL',
        "if (redis.call('GET', KEYS[1]) or '') == '' then redis.call('SET', KEYS[1], 'x', 'PXAT', '99999999999999') end return redis.call('DEL', KEYS[1])",
        '1',
        authorization,
      ],
      '1',
    ],
    [
      'lists it among its user’s',
      [
        'EVAL',
        "redis.call('ZADD', KEYS[1], '1', 'x') redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '+inf') redis.call('ZRANGE', KEYS[1], -1, -1) redis.call('PEXPIREAT', KEYS[1], '99999999999999') return redis.call('ZREM', KEYS[1], 'x')",
        '1',
        authorizations,
      ],
      '1',
    ],
    ['says when it is to be ended', ['ZADD', contracts.DUE_KEY, '1', `authorization ${user} ${ID}`], '1'],
    ['reads a user’s connections', ['GET', connections], ''],
    ['reads whether its user was erased', ['GET', `erasure:{${user}}`], ''],
    ['reads whether the user is asked first', ['GET', `ask-first:{${user}}:github`], ''],
    ['notes what a connection was used for', ['HSET', connectionUses, 'x', 'sealed'], '1'],
    ['keeps that for a while', ['EXPIRE', `${connectionUses}x`, '60'], '0'],
    ['removes it when its user disconnected meanwhile', ['DEL', `${connectionUses}x`], '0'],
    ['keeps what a call has changed', ['EVAL', "return redis.call('HSETNX', KEYS[1], 'call', 'x')", '1', effects], '1'],
    ['tells that a user’s list has changed', ['PUBLISH', contracts.CONNECTION_CHANGED_CHANNEL, 'x'], '0'],
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
    ['a start', ['HGETALL', start]],
    ['which starts a user session has', ['ZRANGE', `starts:{${SESSION}}`, '0', '-1']],
    ['a token that is left to revoke', ['GET', `left-token:{${user}}:x`]],
    ['what a connection was used for', ['HGETALL', connectionUses]],
    ['what is due', ['ZRANGE', contracts.DUE_KEY, '0', '-1']],
    ['which conversations a user has', ['ZRANGE', `conversations-of-user:{${user}}`, '0', '-1']],
    ['a notification', ['XRANGE', notifications, '-', '+']],
  ])('the MCP server cannot read %s', (_what, command) => {
    expect(as('mcp-server', ...command)).toMatch(/^NOPERM/)
  })

  test.each([
    ['change a connection', ['SET', connections, 'forged']],
    ['forget that a user has disconnected', ['DEL', connections]],
    ['take from what is due', ['ZREM', contracts.DUE_KEY, 'x']],
    ['choose for the user', ['SET', `ask-first:{${user}}:github`, 'forged']],
    ['make a start', ['HSET', start, 'progress', 'forged']],
    ['make a user session', ['SET', userSession, 'forged']],
    ['forget what it changed at a vendor', ['DEL', effects]],
    ['count for another limit', ['INCRBY', contracts.rateLimitKey('turn', 'x'), '1']],
    ['tell that a start is settled', ['PUBLISH', contracts.START_SETTLED_CHANNEL, 'x']],
  ])('the MCP server cannot %s, in a script either', (_what, command) => {
    expect(as('mcp-server', ...command)).toMatch(/^NOPERM/)
    const [name = '', ...args] = command
    const call = `return redis.call('${name}', ${args.map((arg) => `'${arg}'`).join(', ')})`
    expect(as('mcp-server', 'EVAL', call, '1', authorization)).toMatch(SCRIPT_REFUSED)
  })
})
