import { type Entry, type KeyRing, leftTokenKey, PLACES, type UserRef } from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient, sha256 } from '@agent-identity/service-runtime'
import { z } from 'zod'
import { REVOKED_WITHIN_MS, type SettleLeftPorts } from './settle-left.ts'

const nameOf = ({ credentialProvider, scopes, parameters, userIdSuffix }: Entry) =>
  sha256(JSON.stringify([credentialProvider, scopes, Object.entries(parameters).toSorted(), userIdSuffix ?? '']))

/** The access tokens that were read to be revoked: a sign-out must not keep them alive. */
export function createLeftTokens(dependencies: {
  redis: RedisClient
  userTokensKeys: KeyRing
  log: Logger
}): SettleLeftPorts['tokens'] {
  const { redis, userTokensKeys, log } = dependencies
  const token = createSealedRecord(userTokensKeys, 'left token', z.string().min(1), log)
  const keyOf = (user: UserRef, entry: Entry) => leftTokenKey(user, nameOf(entry))

  return {
    async read(user, entry) {
      const sealed = await redis.get(keyOf(user, entry))
      return sealed === null ? undefined : token.open(sealed, PLACES.leftToken(user, nameOf(entry)))
    },
    async keep(user, entry, accessToken) {
      const sealed = token.seal(accessToken, PLACES.leftToken(user, nameOf(entry)))
      await redis.set(keyOf(user, entry), sealed, 'PX', REVOKED_WITHIN_MS)
    },
    async forget(user, entry) {
      await redis.del(keyOf(user, entry))
    },
  }
}
