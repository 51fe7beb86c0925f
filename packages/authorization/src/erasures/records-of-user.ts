import {
  askFirstKey,
  CONSENT_REQUEST_SETTLED_CHANNEL,
  ConsentRequestId,
  consentRequestIndexKey,
  consentRequestKey,
  type OfferedProviders,
  type UserRef,
} from '@agent-identity/contracts'
import type { RedisClient } from '@agent-identity/service-runtime'

/** A user's choices to be asked first, and their consent requests. */
export function createRecordsOfUser(dependencies: {
  redis: RedisClient
  /** Also providers that are switched off: when one is offered again, an old choice would apply. */
  known: OfferedProviders
  /** Without an MCP server there is no permission to look for consent requests. */
  hasMcpServer: boolean
}) {
  const { redis, known, hasMcpServer } = dependencies
  async function consentRequests(user: UserRef): Promise<ConsentRequestId[]> {
    if (!hasMcpServer) return []
    const index = await redis.hgetall(consentRequestIndexKey(user))
    return Object.values(index).flatMap((entry) => ConsentRequestId.safeParse(entry.split(' ')[0]).data ?? [])
  }

  return {
    consentRequests,

    /** All keys have the user's hash tag. */
    async erase(user: UserRef): Promise<void> {
      const requests = await consentRequests(user)
      const choices = [...known.keys()].map((provider) => askFirstKey(user, provider))
      const keys = [...requests.map((id) => consentRequestKey(user, id)), ...choices]
      if (hasMcpServer) keys.push(consentRequestIndexKey(user))
      if (keys.length > 0) await redis.del(...keys)
      for (const id of requests) await redis.publish(CONSENT_REQUEST_SETTLED_CHANNEL, id)
    },
  }
}

export type RecordsOfUser = ReturnType<typeof createRecordsOfUser>
