/**
 * Two clocks. Tests can advance `now`, which decides lifetimes. `wallNow` is the real time. It decides about signatures, credentials, users' JWTs and
 * IAM's conditions on the date, because callers and issuers use the real time.
 */
export type Clock = { now(): number; wallNow(): number; advance(seconds: number): void; aheadMs(): number }

export function createClock(): Clock {
  let aheadMs = 0
  return {
    now: () => Date.now() + aheadMs,
    wallNow: () => Date.now(),
    aheadMs: () => aheadMs,
    advance: (seconds) => {
      // Whole milliseconds, as in a stored state.
      aheadMs = Math.round(aheadMs + seconds * 1000)
    },
  }
}
