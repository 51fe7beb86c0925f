import { USER_SESSION_ENDED_CHANNEL, UserSessionRef } from '@agent-identity/contracts'
import { type Logger, type RedisClient, redisReady } from '@agent-identity/service-runtime'

type Listener = (ref: UserSessionRef) => void | Promise<void>

/**
 * User sessions that were ended, not those that expired. A message can be lost, and everyone who may publish can forge one: listeners
 * may drop caches and end streams, and nothing else.
 */
export interface UserSessionEndings {
  onEnded(listener: Listener): () => void
  /** Call it again for every new connection. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** @param subscriberRedis a subscribed connection accepts no reads or writes. */
export function createUserSessionEndings(deps: { subscriberRedis: RedisClient; log: Logger }): UserSessionEndings {
  const { subscriberRedis, log } = deps
  const listeners = new Set<Listener>()

  const tell = async (listener: Listener, ref: UserSessionRef) => {
    try {
      await listener(ref)
    } catch (err) {
      log.error({ err }, 'a listener of ended user sessions failed')
    }
  }

  const onMessage = (channel: string, message: string) => {
    const ref = UserSessionRef.safeParse(message)
    if (channel !== USER_SESSION_ENDED_CHANNEL || !ref.success) return
    for (const listener of listeners) void tell(listener, ref.data)
  }

  return {
    onEnded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      await redisReady(subscriberRedis)
      subscriberRedis.off('message', onMessage).on('message', onMessage)
      await subscriberRedis.subscribe(USER_SESSION_ENDED_CHANNEL)
    },
    async stop() {
      subscriberRedis.off('message', onMessage)
      await subscriberRedis.unsubscribe(USER_SESSION_ENDED_CHANNEL)
    },
  }
}
