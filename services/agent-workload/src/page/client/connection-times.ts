/** Without `timeZone`, times are in the browser's time zone, which the server does not know. */
export interface Reader {
  /** Unix time in milliseconds. */
  now: number
  timeZone?: string
}

const format = (time: number, timeZone: string | undefined, how: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...how, ...(timeZone === undefined ? {} : { timeZone }) }).format(new Date(time))

export const dayOf = (iso: string, timeZone?: string) => format(Date.parse(iso), timeZone, { dateStyle: 'long' })

export const momentOf = (iso: string, timeZone?: string) =>
  format(Date.parse(iso), timeZone, { dateStyle: 'long', timeStyle: 'short' })

const DAY_MS = 24 * 3_600_000
/** As UTC's midnight: a day that has 23 or 25 hours counts as a whole one. */
const dateOf = (time: number, timeZone: string | undefined) =>
  Date.parse(
    new Intl.DateTimeFormat('sv-SE', { ...(timeZone === undefined ? {} : { timeZone }) }).format(new Date(time)),
  )

/** "today 10:03", "yesterday 10:03", "14 May 2026 10:03". */
export function whenOf(iso: string, { now, timeZone }: Reader): string {
  const daysBefore = (dateOf(now, timeZone) - dateOf(Date.parse(iso), timeZone)) / DAY_MS
  const day = ['today', 'yesterday'][daysBefore] ?? dayOf(iso, timeZone)
  return [day, format(Date.parse(iso), timeZone, { timeStyle: 'short' }), timeZone].filter(Boolean).join(' ')
}
