/** Without `timeZone`, times are in the browser's time zone, which the server does not know. */
export interface Reader {
  /** Unix time in milliseconds. */
  now: number
  timeZone?: 'UTC'
}

const format = (time: number, timeZone: string | undefined, how: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...how, ...(timeZone === undefined ? {} : { timeZone }) }).format(new Date(time))

export const dayOf = (iso: string, timeZone?: string) => format(Date.parse(iso), timeZone, { dateStyle: 'long' })

export const momentOf = (iso: string, timeZone?: string) =>
  format(Date.parse(iso), timeZone, { dateStyle: 'long', timeStyle: 'short' })

const DAY_MS = 24 * 3_600_000

/** "today 10:03", "yesterday 10:03", "14 May 2026 10:03". */
export function whenOf(iso: string, { now, timeZone }: Reader): string {
  const day = dayOf(iso, timeZone)
  const daysBefore = [0, 1].find((days) => day === format(now - days * DAY_MS, timeZone, { dateStyle: 'long' }))
  const time = format(Date.parse(iso), timeZone, { timeStyle: 'short' })
  return [daysBefore === undefined ? day : ['today', 'yesterday'][daysBefore], time, timeZone].filter(Boolean).join(' ')
}
