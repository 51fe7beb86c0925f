import type { Clock } from './clock.ts'

const LEFT_ALONE_MS = 5_000

/**
 * A `fetch` for the keys of an issuer. For a while after a failure, requests fail without being sent: jose caches successes only,
 * and anybody may send tokens that need the keys.
 */
export function fetchSparingly(clock: Clock): typeof fetch {
  let aloneUntil = 0
  return async (...request) => {
    if (clock() < aloneUntil) throw new Error('The keys could not be fetched a moment ago')
    try {
      const response = await fetch(...request)
      // A body that breaks off, or is no key set, is a failure, too: jose would not cache it.
      const keySet = response.status === 200 ? ((await response.clone().json()) as { keys?: unknown } | null) : null
      aloneUntil = Array.isArray(keySet?.keys) ? 0 : clock() + LEFT_ALONE_MS
      return response
    } catch (error) {
      aloneUntil = clock() + LEFT_ALONE_MS
      throw error
    }
  }
}
