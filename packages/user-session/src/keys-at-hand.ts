import { isHttpsOrLoopback } from '@agent-identity/contracts'
import { type Clock, fetchSparingly } from '@agent-identity/service-runtime'
import { createRemoteJWKSet, customFetch } from 'jose'
import * as oidc from 'openid-client'
import { TIMEOUT_SECONDS } from './lazy-discovery.ts'

/**
 * New keys are given this age: oauth4webapi fetches keys once more for an unknown `kid` only if they are at least this old. Otherwise the
 * refresh token would be lost when the issuer begins to use a new key within a minute of our fetch.
 */
const PRETENDED_AGE_SECONDS = 60

/** oauth4webapi uses keys up to an age of 300 s: a minute is left for the grant. */
const USED_FOR_MS = 180_000

/**
 * A configuration that has the issuer's keys. openid-client fetches keys after the issuer's answer: if that failed, the refresh token
 * was spent, and the new one was lost.
 *
 * Each set of keys gets its own configuration: oauth4webapi ignores keys that are given to a configuration that has used others.
 *
 * @returns a function whose promise rejects when the keys cannot be read
 */
export function createKeysAtHand(deps: {
  /** A configuration of the same client, without keys. */
  copyOf: (found: oidc.Configuration) => oidc.Configuration
  clock: Clock
  timeoutSeconds?: number | undefined
}): (found: oidc.Configuration) => Promise<oidc.Configuration> {
  const { copyOf, clock, timeoutSeconds = TIMEOUT_SECONDS } = deps
  const fetch = fetchSparingly(clock)
  let current: { ready: Promise<oidc.Configuration>; until: number } | undefined

  async function withKeys(found: oidc.Configuration): Promise<oidc.Configuration> {
    const { jwks_uri: uri = '' } = found.serverMetadata()
    if (!isHttpsOrLoopback(uri)) throw new Error('The issuer’s keys have no address, or are not behind TLS')
    const uat = Math.floor(Date.now() / 1_000) - PRETENDED_AGE_SECONDS
    const options = { timeoutDuration: timeoutSeconds * 1_000, [customFetch]: fetch }
    const keys = createRemoteJWKSet(new URL(uri), options)
    await keys.reload()
    const configuration = copyOf(found)
    oidc.setJwksCache(configuration, { jwks: keys.jwks() ?? { keys: [] }, uat })
    return configuration
  }

  return async function atHand(found) {
    if (!current || clock() >= current.until) current = { ready: withKeys(found), until: clock() + USED_FOR_MS }
    const mine = current
    const forget = () => {
      if (current === mine) current = undefined
    }
    const configuration = await mine.ready.catch((error) => {
      forget()
      throw error
    })
    if (oidc.getJwksCache(configuration)) return configuration
    // oauth4webapi has dropped the keys, to fetch them once more.
    forget()
    return atHand(found)
  }
}
