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

/** Time to find a password. */
export const SIGN_IN_SECONDS = 600

const SignInTransaction = z.object({
  nonce: z.string(),
  /** RFC 7636: a stolen code cannot be used without it. */
  codeVerifier: z.string(),
  returnTo: z.string(),
  /** Of the sign-in cookie's secret. */
  browserHash: z.string(),
  /** Unix time in milliseconds. */
  expiresAt: z.number(),
})
export type SignInTransaction = z.infer<typeof SignInTransaction>

export interface SignInTransactions {
  begin(returnTo: string, browserSecret: string): { state: string; transaction: SignInTransaction }
  save(state: string, transaction: SignInTransaction): Promise<void>
  /** Consumes the sign-in, once, for the browser that began it. Another browser's attempt leaves it unchanged. */
  take(state: string, browserSecret: string | undefined): Promise<SignInTransaction | { refused: SignInRefusal }>
}

/** @param deps.userTokensKeys a sign-in leads to tokens: session binding, which has other keys, must not open it. */
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
      // Of two returns at the same instant only one succeeds, on any replica.
      return (await redis.getdel(key)) === sealed ? transaction : { refused: 'unknown-state' }
    },
  }
}
