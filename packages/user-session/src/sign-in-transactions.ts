import { type KeyRing, signInTransactionKey } from '@agent-identity/contracts'
import {
  type Clock,
  createSealedRecord,
  type Logger,
  type RedisClient,
  randomToken,
  sameHash,
  sha256,
} from '@agent-identity/service-runtime'
import { z } from 'zod'
import type { SignInRefusal } from './audit.ts'

/** Time for a person to find their password, and for nobody to find an old `state` useful. */
export const SIGN_IN_SECONDS = 600

const SignInTransaction = z.object({
  nonce: z.string(),
  /** RFC 7636: who has stolen the code cannot use it without this. */
  codeVerifier: z.string(),
  returnTo: z.string(),
  /** Of the sign-in cookie's secret. */
  browserHash: z.string(),
  /** Unix time in milliseconds. */
  expiresAt: z.number(),
})
export type SignInTransaction = z.infer<typeof SignInTransaction>

/** One record a sign-in, found by its `state`, so that each tab comes back to its own. */
export interface SignInTransactions {
  begin(returnTo: string, browserSecret: string): { state: string; transaction: SignInTransaction }
  save(state: string, transaction: SignInTransaction): Promise<void>
  /** Hands a sign-in out once, to the browser that began it. A stranger's attempt leaves it as it is. */
  take(state: string, browserSecret: string | undefined): Promise<SignInTransaction | { refused: SignInRefusal }>
}

/**
 * @param deps.userTokensKeys and not the user session's keys: a sign-in leads to tokens, and session binding, which opens
 *   user sessions, has no business here.
 */
export function createSignInTransactions(deps: {
  redis: RedisClient
  userTokensKeys: KeyRing
  clock: Clock
  log: Logger
}): SignInTransactions {
  const { redis, clock } = deps
  const record = createSealedRecord(deps.userTokensKeys, 'sign-in', SignInTransaction, deps.log)
  const keyOf = (state: string) => signInTransactionKey(sha256(state))

  return {
    begin: (returnTo, browserSecret) => ({
      state: randomToken(32),
      transaction: {
        nonce: randomToken(32),
        codeVerifier: randomToken(32),
        returnTo,
        browserHash: sha256(browserSecret),
        expiresAt: clock() + SIGN_IN_SECONDS * 1_000,
      },
    }),
    async save(state, transaction) {
      await redis.set(keyOf(state), record.seal(transaction, keyOf(state)), 'EX', SIGN_IN_SECONDS, 'NX')
    },
    async take(state, browserSecret) {
      const key = keyOf(state)
      const sealed = await redis.get(key)
      const transaction = sealed === null ? undefined : record.open(sealed, key)
      if (!transaction || clock() >= transaction.expiresAt) return { refused: 'unknown-state' }
      if (browserSecret === undefined || !sameHash(sha256(browserSecret), transaction.browserHash))
        return { refused: 'other-browser' }
      // Only now, and in one step: of two returns at the same instant one is first, on whichever replica.
      return (await redis.getdel(key)) === sealed ? transaction : { refused: 'unknown-state' }
    },
  }
}
