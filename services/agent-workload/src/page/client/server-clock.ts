let aheadOfServerMs = 0

/** The browser's clock may differ by minutes. */
export function noteServerTime(date: string | null): void {
  const serverTime = Date.parse(date ?? '')
  // The header has no fraction of the second: the latest possible time is assumed.
  if (!Number.isNaN(serverTime)) aheadOfServerMs = Date.now() - (serverTime + 999)
}

export const serverNow = () => Date.now() - aheadOfServerMs
