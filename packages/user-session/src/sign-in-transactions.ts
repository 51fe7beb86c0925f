import { consumedSignInKey, type KeyRing, SIGN_IN_COOKIES, signInCookie } from '@agent-identity/contracts'
import {
  type Clock,
  cookieOf,
  cookiesIn,
  createSealer,
  type RedisClient,
  randomToken,
  sha256,
  UnsealError,
} from '@agent-identity/service-runtime'
import type { Request, Response } from 'express'
import { z } from 'zod'
import { HOST_COOKIE } from './host-cookies.ts'

/** Time to find a password. */
export const SIGN_IN_SECONDS = 600

/** In one browser, such as in several tabs. A cookie has about 1 kB at the most, and the headers of a request 16 KiB. */
export const SIGN_INS_AT_ONCE = 4

const SignInTransaction = z.object({
  nonce: z.string(),
  /** RFC 7636: a stolen code cannot be used without it. */
  codeVerifier: z.string(),
  returnTo: z.string(),
  /** Unix time in milliseconds. */
  expiresAt: z.number(),
})
export type SignInTransaction = z.infer<typeof SignInTransaction>

export interface SignInTransactions {
  begin(returnTo: string): { state: string; transaction: SignInTransaction }
  /** Gives the sign-in to the browser. The oldest one of this browser goes when it has too many. */
  give(request: Request, response: Response, state: string, transaction: SignInTransaction): void
  /** Only the browser that began the sign-in has it (login CSRF, RFC 6749 §10.12). */
  find(request: Pick<Request, 'headers'>, state: string): SignInTransaction | undefined
  /** Of two returns at the same instant only one succeeds, on any replica. */
  consume(state: string): Promise<boolean>
  /** For a return with which no user has signed in. */
  release(state: string): Promise<void>
  /** From the browser. */
  remove(response: Response, state: string): void
}

/**
 * A sign-in needs no credentials to begin, so Redis keeps nothing of it: the browser does, sealed. Each has a cookie of its own, so that tabs
 * which begin at the same time do not overwrite each other's.
 *
 * @param deps.userTokensKeys a sign-in leads to tokens: session binding, which has other keys, must not open it.
 */
export function createSignInTransactions(deps: {
  redis: RedisClient
  userTokensKeys: KeyRing
  clock: Clock
}): SignInTransactions {
  const { redis, clock } = deps
  // Not a sealed record: those raise an alarm when they do not open, and anybody can send a cookie.
  const sealer = createSealer(deps.userTokensKeys, 'sign-in')
  const nameOf = (state: string) => signInCookie(sha256(state))

  function open(sealed: string, name: string): SignInTransaction | undefined {
    try {
      return SignInTransaction.safeParse(JSON.parse(sealer.open(sealed, name))).data
    } catch (error) {
      if (error instanceof UnsealError) return undefined
      throw error
    }
  }

  return {
    begin: (returnTo) => ({
      state: randomToken(32),
      transaction: {
        nonce: randomToken(32),
        codeVerifier: randomToken(32),
        returnTo,
        expiresAt: clock() + SIGN_IN_SECONDS * 1_000,
      },
    }),
    give(request, response, state, transaction) {
      const begun = cookiesIn(request.headers.cookie).filter(({ name }) => SIGN_IN_COOKIES.test(name))
      // Browsers send the oldest first (RFC 6265 §5.4).
      for (const { name } of begun.slice(0, -(SIGN_INS_AT_ONCE - 1))) response.clearCookie(name, HOST_COOKIE)
      const name = nameOf(state)
      const sealed = sealer.seal(JSON.stringify(transaction), name)
      response.cookie(name, sealed, { ...HOST_COOKIE, maxAge: SIGN_IN_SECONDS * 1_000 })
    },
    find(request, state) {
      const name = nameOf(state)
      const sealed = cookieOf(request.headers.cookie, name)
      const transaction = sealed === undefined ? undefined : open(sealed, name)
      return transaction && clock() < transaction.expiresAt ? transaction : undefined
    },
    // A browser can send its cookie again, until the sealed time.
    consume: async (state) =>
      (await redis.set(consumedSignInKey(sha256(state)), '1', 'EX', SIGN_IN_SECONDS, 'NX')) === 'OK',
    async release(state) {
      await redis.del(consumedSignInKey(sha256(state)))
    },
    remove: (response, state) => void response.clearCookie(nameOf(state), HOST_COOKIE),
  }
}
