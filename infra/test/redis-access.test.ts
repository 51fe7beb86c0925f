import * as contracts from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { CONTAINER_NAMES } from '../names.ts'
import { ID, inTheSessionStore, SESSION } from './engine-with-access.ts'

inTheSessionStore(({ as }) => {
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
    // The test's server is no cluster: its error must not be that of a missing permission.
    for (const command of [['CLUSTER', 'SLOTS'], ['CLUSTER', 'INFO'], ['READONLY'], ['READWRITE'], ['ASKING']])
      expect(as(service, ...command)).toContain('cluster support disabled')
    expect(as(service, 'PING')).toBe('PONG')
  })

  test('the agent workload may use every kind of record in the contract, except the MCP server’s', () => {
    const kinds = Object.entries(contracts).filter(([name]) => name.endsWith('Key')) as [
      string,
      (...ids: string[]) => string,
    ][]
    expect(kinds.length).toBeGreaterThan(10)
    for (const [name, keyOf] of kinds)
      expect([name, as('agent-workload', 'EXISTS', keyOf(`${SESSION}.${ID}`, 'github', ID))]).toEqual([
        name,
        expect.stringMatching(name === 'mcpEffectsKey' ? /^NOPERM/ : /^\d+$/),
      ])
  })

  test('the agent workload has the commands that its records need', () => {
    const turn = `turn:{${ID}}:x`
    expect(as('agent-workload', 'HSET', turn, 'status', 'queued')).toBe('1')
    expect(as('agent-workload', 'XGROUP', 'CREATE', contracts.TURN_WORK_STREAM, 'g', '$', 'MKSTREAM')).toBe('OK')
    expect(as('agent-workload', 'XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', contracts.TURN_WORK_STREAM, '>')).toBe('')
    expect(as('agent-workload', 'XAUTOCLAIM', contracts.TURN_WORK_STREAM, 'g', 'c', '0', '0')).toContain('0-0')
    expect(as('agent-workload', 'SET', `consumed-sign-in:{${ID}}`, '1', 'EX', '600', 'NX')).toBe('OK')
    expect(as('agent-workload', 'ZADD', contracts.DUE_KEY, '1', 'y')).toBe('1')
    expect(as('agent-workload', 'PUBLISH', contracts.TURN_EVENTS_CHANNEL, 'x')).toBe('0')
    expect(as('agent-workload', 'EVAL', "return redis.call('PEXPIRE', KEYS[1], 1000)", '1', turn)).toBe('1')
  })
})
