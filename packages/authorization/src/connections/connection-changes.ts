import { CONNECTION_CHANGED_CHANNEL, disconnectionIdOf, type ProviderId, type UserRef } from '@agent-identity/contracts'
import type { RedisClient } from '@agent-identity/service-runtime'

/** Says that something has changed that the list of connections shows; not what. */
export async function tellConnectionChanged(
  redis: Pick<RedisClient, 'publish'>,
  user: UserRef,
  provider: ProviderId,
): Promise<void> {
  await redis.publish(CONNECTION_CHANGED_CHANNEL, disconnectionIdOf(user, provider))
}
