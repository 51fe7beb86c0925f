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

inTheSessionStore(({ cli, as }) => {
  test.each([
    ['reads a user session', ['GET', userSession], 'sealed'],
    ['reads a start', ['HMGET', start, 'progress'], 'sealed'],
    [
      'claims it, if the user session still exists',
      [
        'EVAL',
        "return redis.call('EXISTS', ARGV[1]) + redis.call('HSET', KEYS[1], 'claimed', '1')",
        '1',
        start,
        userSession,
      ],
      '2',
    ],
    ['publishes that it is settled', ['PUBLISH', contracts.START_SETTLED_CHANNEL, 'x'], '0'],
  ])('session binding %s', (_what, command, answer) => {
    expect(as('session-binding', ...command)).toBe(answer)
  })

  test('session binding leaves a notification and cannot read one', () => {
    expect(as('session-binding', 'XADD', notifications, '*', 'startId', 'x')).toMatch(/^\d+-\d+$/)
    expect(as('session-binding', 'XRANGE', notifications, '-', '+')).toMatch(/^NOPERM/)
  })

  test('session binding stores when a binding must have ended and cannot read other entries', () => {
    cli('ZADD', contracts.DUE_KEY, '2', 'x')
    expect(as('session-binding', 'ZADD', contracts.DUE_KEY, 'XX', 'LT', '1', 'x')).toBe('0')
    expect(as('session-binding', 'ZRANGE', contracts.DUE_KEY, '0', '-1')).toMatch(/^NOPERM/)
  })

  test('session binding counts returns, and nothing else', () => {
    const count = "redis.call('set', KEYS[1], 0, 'EX', 60, 'NX') return redis.call('incrby', KEYS[1], 1)"
    expect(as('session-binding', 'EVAL', count, '1', contracts.rateLimitKey('return', 'x'))).toBe('1')
    expect(as('session-binding', 'EVAL', count, '1', contracts.rateLimitKey('turn', 'x'))).toMatch(/^NOPERM/)
    expect(as('session-binding', 'EVAL', count, '1', start)).toMatch(SCRIPT_REFUSED)
    expect(as('session-binding', 'EVAL', count, '1', userSession)).toMatch(/^NOPERM/)
  })

  test.each([
    ['a user’s tokens', ['GET', `user-tokens:{${SESSION}}`]],
    ['a turn', ['HGETALL', `turn:{${ID}}:x`]],
    ['what the agent remembers', ['GET', `conversation-snapshot:{${ID}}:x`]],
    ['an authorization', ['GET', `authorization:{${ID}}:${ID}`]],
    ['a connection', ['GET', `connections:{${ID}}:github`]],
    ['a token that is left to revoke', ['GET', `left-token:{${ID}}:x`]],
    ['whether a sign-in was consumed', ['GET', `consumed-sign-in:{${ID}}`]],
    ['the index of starts', ['ZRANGE', `starts:{${SESSION}}`, '0', '-1']],
  ])('session binding cannot read %s', (_what, command) => {
    expect(as('session-binding', ...command)).toMatch(/^NOPERM/)
    expect(as('session-binding', 'EVAL', 'return 1', '1', command[1] ?? '')).toMatch(/^NOPERM/)
  })

  test.each([
    ['make a user session', ['SET', userSession, 'forged']],
    ['prolong one', ['EXPIRE', userSession, '999999']],
    ['end one', ['DEL', userSession]],
    ['make it something else', ['HSET', userSession, 'x', 'y']],
    ['make a start expire', ['PEXPIREAT', start, '1']],
    ['forget a start', ['DEL', start]],
    ['tell replicas that a user session ended', ['PUBLISH', contracts.USER_SESSION_ENDED_CHANNEL, 'x']],
    ['list keys', ['SCAN', '0']],
  ])('session binding cannot %s, in a script either', (_what, command) => {
    expect(as('session-binding', ...command)).toMatch(/^NOPERM/)
    const [name = '', ...args] = command
    const call = `return redis.call('${name}', ${args.map((arg) => `'${arg}'`).join(', ')})`
    expect(as('session-binding', 'EVAL', call, '1', start)).toMatch(SCRIPT_REFUSED)
  })
})
