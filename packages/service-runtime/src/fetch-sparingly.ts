import type { Clock } from './clock.ts'

const LEFT_ALONE_MS = 5_000

/**
 * A `fetch` for an issuer's keys. For a while after a failure it sends nothing: jose caches successes only, and anybody may send
 * tokens that need the keys.
 */
export function fetchSparingly(clock: Clock): typeof fetch {
  let aloneUntil = 0
  return async (...request) => {
    if (clock() < aloneUntil) throw new Error('The keys could not be fetched a moment ago')
    try {
      const response = await fetch(...request)
      // jose would not cache a body that breaks off or is no key set.
      const keySet = response.status === 200 ? ((await response.clone().json()) as { keys?: unknown } | null) : null
      aloneUntil = Array.isArray(keySet?.keys) ? 0 : clock() + LEFT_ALONE_MS
      return response
    } catch (error) {
      aloneUntil = clock() + LEFT_ALONE_MS
      throw error
    }
  }
}
