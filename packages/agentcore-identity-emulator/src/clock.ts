/**
 * Two times. `now` moves when a test advances it and decides lifetimes; `wallNow` never moves and decides signatures,
 * credentials and users' JWTs, whose other ends live on the wall clock.
 */
export type Clock = { now(): number; wallNow(): number; advance(seconds: number): void; aheadMs(): number }

export function createClock(): Clock {
  let aheadMs = 0
  return {
    now: () => Date.now() + aheadMs,
    wallNow: () => Date.now(),
    aheadMs: () => aheadMs,
    advance: (seconds) => {
      // Whole milliseconds: a state that is kept has no others.
      aheadMs = Math.round(aheadMs + seconds * 1000)
    },
  }
}
