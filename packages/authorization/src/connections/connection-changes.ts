import { CONNECTION_CHANGED_CHANNEL, type ConnectionRef, disconnectionIdOf } from '@agent-identity/contracts'
import type { RedisClient } from '@agent-identity/service-runtime'

export async function tellConnectionChanged(redis: Pick<RedisClient, 'publish'>, ref: ConnectionRef): Promise<void> {
  await redis.publish(CONNECTION_CHANGED_CHANNEL, disconnectionIdOf(ref))
}
