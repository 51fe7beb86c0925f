let aheadOfServerMs = 0

/** Time limits are the server's: the browser's clock may be minutes off, and would promise time that is not there. */
export function noteServerTime(date: string | null): void {
  const serverTime = Date.parse(date ?? '')
  // The header drops the fraction of the second; the latest that it can mean promises nothing.
  if (!Number.isNaN(serverTime)) aheadOfServerMs = Date.now() - (serverTime + 999)
}

export const serverNow = () => Date.now() - aheadOfServerMs
