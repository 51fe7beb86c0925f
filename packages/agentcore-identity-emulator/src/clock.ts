/** Tests advance `now`, which decides lifetimes. `wallNow` is the real time, which callers and issuers use. */
export type Clock = { now(): number; wallNow(): number; advance(seconds: number): void; aheadMs(): number }

export function createClock(): Clock {
  let aheadMs = 0
  return {
    now: () => Date.now() + aheadMs,
    wallNow: () => Date.now(),
    aheadMs: () => aheadMs,
    advance: (seconds) => {
      aheadMs = Math.round(aheadMs + seconds * 1000)
    },
  }
}
