import { VendorError } from '@agent-identity/provider-kit'

export function requireTimeZone(name: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name
  } catch {
    throw new VendorError('unavailable', undefined, 'UnreadableAnswer')
  }
}

/** `2026-11-24` and `09:00`, as shown by a clock in that time zone. */
export function dateAndTime(at: number, timeZone: string): { date: string; time: string } {
  // Swedish dates are ISO dates.
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at)
  const [date = '', time = ''] = text.split(' ')
  return { date, time }
}

/** The moment at which a clock in that time zone shows this, in Unix milliseconds. */
export function instantOf(date: string, time: string, timeZone: string): number {
  const shownAsUtc = (at: number) => {
    const shown = dateAndTime(at, timeZone)
    return Date.parse(`${shown.date}T${shown.time}:00Z`)
  }
  const wanted = Date.parse(`${date}T${time}:00Z`)
  const nearby = wanted - (shownAsUtc(wanted) - wanted)
  // The first offset may be wrong around a change of clocks.
  const corrected = nearby - (shownAsUtc(nearby) - wanted)
  // A skipped time counts as a later one (RFC 5545 §3.3.5): an earlier one could be on the day before.
  return shownAsUtc(corrected) === wanted ? corrected : Math.max(nearby, corrected)
}
