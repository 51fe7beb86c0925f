import {
  AskFirst,
  askFirstKey,
  CONNECTION_CHANGED_CHANNEL,
  connectionsOf,
  type KeyRing,
  PLACES,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient } from '@agent-identity/service-runtime'

/** Whether a user is asked before any change at a provider. */
export function createAskFirst(dependencies: {
  redis: RedisClient
  connectionKeys: KeyRing
  byDefault: readonly ProviderId[]
  log: Logger
}) {
  const { redis, connectionKeys, byDefault, log } = dependencies
  const choice = createSealedRecord(connectionKeys, 'ask first', AskFirst, log)

  async function chosen(user: UserRef, provider: ProviderId): Promise<boolean | undefined> {
    const sealed = await redis.get(askFirstKey(user, provider))
    if (sealed === null) return undefined
    // A choice that does not open counts as "ask".
    return choice.open(sealed, PLACES.askFirst(user, provider))?.askFirst ?? true
  }

  return {
    chosen,

    isOn: async (user: UserRef, provider: ProviderId): Promise<boolean> =>
      (await chosen(user, provider)) ?? byDefault.includes(provider),

    async choose(user: UserRef, provider: ProviderId, askFirst: boolean): Promise<void> {
      await redis.set(askFirstKey(user, provider), choice.seal({ askFirst }, PLACES.askFirst(user, provider)))
      await redis.publish(CONNECTION_CHANGED_CHANNEL, connectionsOf(user, provider))
    },
  }
}

export type AskFirstChoices = ReturnType<typeof createAskFirst>
