import { rateLimitKey, type TurnId, turnKey, USER_SESSION_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { redisReady, userSessionRef } from '@agent-identity/service-runtime'
import type { TestRedis } from '@agent-identity/test-redis'
import { Redis } from 'ioredis'
import { PATIENCE_MS } from './patience.ts'
import type { Person } from './person.ts'
import type { Stack } from './stack.ts'
import { until } from './until.ts'
import { watchRedis } from './watch-redis.ts'

export async function withRedis<Result>(stack: Stack, act: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(stack.redis)
  try {
    return await act(redis)
  } finally {
    redis.disconnect()
  }
}

interface Browsing {
  browser: Person['browser']
  username: string
  stack: Pick<Stack, 'app'>
}

export async function cookieOf(person: Browsing, name: string): Promise<string | undefined> {
  const cookies = await person.browser.jar.getCookies(person.stack.app)
  return cookies.find(({ key }) => key === name)?.value
}

export async function forget(person: Browsing, name: string): Promise<void> {
  await person.browser.jar.setCookie(`${name}=; Path=/; Secure; Max-Age=0`, person.stack.app)
}

export async function userSessionRefOf(person: Browsing): Promise<UserSessionRef> {
  const ref = refOfCookie((await cookieOf(person, USER_SESSION_COOKIE)) ?? '')
  if (!ref) throw new Error(`${person.username} is not signed in`)
  return ref
}

export function refOfCookie(value: string): UserSessionRef | undefined {
  const [, sessionId] = /^s:([^.]+)\./.exec(decodeURIComponent(value)) ?? []
  return sessionId === undefined ? undefined : userSessionRef(sessionId)
}

export const keysOf = (stack: Stack, ref: UserSessionRef): Promise<string[]> =>
  withRedis(stack, (redis) => redis.keys(`*{${ref}}*`))

/**
 * Lets the count that the request begins last ten minutes: in its window of one minute a slow machine may not reach the limit.
 *
 * @returns the answer to the request
 */
export async function withLastingCount<Answer>(
  redis: Redis,
  limited: Parameters<typeof rateLimitKey>[0],
  request: () => Promise<Answer>,
): Promise<Answer> {
  const counts = () => redis.keys(rateLimitKey(limited, '*'))
  const before = await counts()
  const answer = await request()
  const begun = (await counts()).filter((key) => !before.includes(key))
  if (begun.length !== 1) throw new Error(`${begun.length} counts have begun`)
  await redis.expire(begun[0] as string, 600)
  return answer
}

/** A suspended turn has no run, and writes nothing until it is resumed. */
export async function untilSuspended(redis: Redis, eventsUrl: string): Promise<void> {
  const [, turnId = ''] = /turns\/(.*)\/events/.exec(eventsUrl) ?? []
  await until(async () => (await redis.hget(turnKey(turnId as TurnId), 'leaseEndsAt')) === '0')
}

/** Waits until MONITOR reports a command that `matches`. @returns what `act` returned, not awaited */
export async function untilRedisSees<Result>(
  stack: Stack,
  matches: (command: string) => boolean,
  act: () => Result,
): Promise<{ started: Result }> {
  const seen = Promise.withResolvers<void>()
  const timeout = setTimeout(() => seen.reject(new Error('Redis has not seen it')), PATIENCE_MS)
  const watch = await watchRedis(stack.redis, ({ args }) => matches(args.join(' ')) && seen.resolve())
  try {
    const started = act()
    await seen.promise
    // In an object: `return started` would wait for a promise.
    return { started }
  } finally {
    clearTimeout(timeout)
    watch.stop()
  }
}

export async function connected(testRedis: TestRedis) {
  const client = testRedis.connect()
  await redisReady(client)
  return client
}
