import { type LocalStack, startLocalStack } from '@agent-identity/local'
import { Redis } from 'ioredis'

/** The number of users besides alice, bob and carol. */
const PEOPLE = 400

const LIMITS = Object.fromEntries(
  [
    'RETURNS_PER_USER_SESSION_PER_MINUTE',
    'RETURNS_PER_ADDRESS_PER_MINUTE',
    'PENDING_AUTHORIZATIONS_PER_USER_SESSION',
    'SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE',
    'TURNS_PER_USER_PER_MINUTE',
    'TURN_STREAMS_PER_USER_PER_MINUTE',
    'CONVERSATION_READS_PER_USER_PER_MINUTE',
    'CONNECTION_READS_PER_USER_PER_MINUTE',
    'STARTS_PER_USER_SESSION_PER_MINUTE',
    'REFUSED_STARTS_PER_ADDRESS_PER_MINUTE',
    'CONNECTS_PER_USER_SESSION_PER_MINUTE',
    'EVENT_STREAMS_PER_USER_SESSION',
  ].map((name) => [name, '1000000']),
)

/** The tests' client requires `logFile`. */
export type BenchStack = LocalStack & { logFile: string; redisClient: Redis }

export async function withStack<Result>(
  act: (stack: BenchStack) => Promise<Result>,
  options: { replicas?: number; mcp?: boolean } = {},
): Promise<Result> {
  const extraUsers = Array.from({ length: PEOPLE }, (_, n) => `user-${n + 1}`)
  const stack = await startLocalStack({ ...options, extraUsers, environment: LIMITS })
  const redisClient = new Redis(stack.redis)
  try {
    return await act({ ...stack, logFile: '', redisClient })
  } finally {
    redisClient.disconnect()
    await stack.stop()
  }
}

/** Keys and streams are in another database; channels are shared with the stack's replicas. */
export async function withOwnDatabase<Result>(
  stack: BenchStack,
  act: (redis: Redis, url: string) => Promise<Result>,
): Promise<Result> {
  const url = `${stack.redis}/1`
  const redis = new Redis(url)
  try {
    return await act(redis, url)
  } finally {
    await redis.flushdb()
    redis.disconnect()
  }
}
