import { setTimeout as pause } from 'node:timers/promises'
import type { RedisProxy } from '@agent-identity/test-redis'
import type { Chance } from './chance.ts'
import { SERVICES, type StackBehindProxies } from './stack-behind-proxies.ts'

/**
 * The transitions of session binding that consume the record and that end it, as they are sent. What is written is sealed; only
 * the first one also says that the user session must exist. No sealed value has a `*`, so a match is within one command.
 */
export const CLAIM = /\*7\r\n\$\d+\r\neval(?:sha)?\r\n[^*]*pending-authorization:[^*]*user-session:/
export const SETTLE = /\*6\r\n\$\d+\r\neval(?:sha)?\r\n[^*]*pending-authorization:/

type Faults = Readonly<Record<string, () => Promise<void>>>

/** Everything takes this much longer when Redis is slow, in milliseconds. */
export const SLOW_REDIS_MS = 500

/** What can happen to Redis and on the way to it; each is over when it resolves. */
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
    'Redis out of reach of everybody': () => partition(everyProxy, 'hold'),
    'connections of a replica lost': () => partition(aReplica(), 'drop'),
    'connections of everybody lost': () => partition(everyProxy, 'drop'),
    'session binding out of reach around its call': () =>
      partition(proxies['session-binding'], 'hold', chance.one([CLAIM, SETTLE])),
    'connections of session binding lost around its call': () =>
      partition(proxies['session-binding'], 'drop', chance.one([CLAIM, SETTLE])),
    'Redis restarts': () => redis.restart('kept'),
  }
}
