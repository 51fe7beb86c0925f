import { setTimeout as pause } from 'node:timers/promises'
import type { RedisProxy } from '@agent-identity/test-redis'
import type { Chance } from './chance.ts'
import { SERVICES, type StackBehindProxies } from './stack-behind-proxies.ts'

/**
 * On the wire: the command that claims the record, and the one that records the outcome. Each command begins with a `*`, and no
 * sealed value contains one: `[^*]*` matches sealed values, and ends before the next command.
 */
export const CLAIM = /\*7\r\n\$\d+\r\neval(?:sha)?\r\n[^*]*\nstart:[^*]*user-session:/
export const RECORD_OUTCOME = /\*6\r\n\$\d+\r\neval(?:sha)?\r\n[^*]*\nstart:/

type Faults = Readonly<Record<string, () => Promise<void>>>

/** Added to every command, in milliseconds. */
export const SLOW_REDIS_MS = 500

/** Each fault has ended when its promise resolves. */
export function redisFaults({ redis, proxies, everyProxy }: StackBehindProxies, chance: Chance): Faults {
  const aWhile = () => pause(chance.between(1_000, 8_000))
  const aReplica = () => [chance.one(proxies[chance.one(SERVICES)])]
  const partition = async (of: readonly RedisProxy[], how: 'hold' | 'drop', from?: RegExp) => {
    for (const proxy of of) proxy[how](from)
    await aWhile()
    for (const proxy of of) proxy.heal()
  }
  return {
    'Redis slow': async () => {
      for (const proxy of everyProxy) proxy.delay(SLOW_REDIS_MS)
      await aWhile()
      for (const proxy of everyProxy) proxy.delay(0)
    },
    'Redis out of reach of a replica': () => partition(aReplica(), 'hold'),
    'Redis out of reach of all replicas': () => partition(everyProxy, 'hold'),
    'connections of a replica lost': () => partition(aReplica(), 'drop'),
    'connections of all replicas lost': () => partition(everyProxy, 'drop'),
    'session binding out of reach around its call': () =>
      partition(proxies['session-binding'], 'hold', chance.one([CLAIM, RECORD_OUTCOME])),
    'connections of session binding lost around its call': () =>
      partition(proxies['session-binding'], 'drop', chance.one([CLAIM, RECORD_OUTCOME])),
    'Redis restarts': () => redis.restart('kept'),
  }
}
