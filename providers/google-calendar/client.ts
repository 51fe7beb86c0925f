import type { ConnectedAccount } from '@agent-identity/contracts'
import {
  callJson,
  fetchBounded,
  listOf,
  moreIf,
  readFirst,
  requireAnswer,
  scopesInText,
  short,
  VendorError,
  type VendorSettings,
} from '@agent-identity/provider-kit'
import { calendar } from '@googleapis/calendar'
import { z } from 'zod'
import { dateAndTime, instantOf, requireTimeZone } from './local-time.ts'
import { unlessTooOften } from './rate-limits.ts'

export interface CalendarEvent {
  title: string
  /** `09:00`, `2026-11-23 22:00` or `all day`, in the calendar's time zone. */
  start: string
  end?: string
}

/** The user's primary calendar. @throws VendorError */
export interface GoogleCalendar {
  account(accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
  /** The events that overlap today, in the calendar's time zone. */
  today(
    accessToken: string,
    now: number,
    signal: AbortSignal,
  ): Promise<{ date: string; events: CalendarEvent[]; more?: true }>
  /**
   * Adding the same `id` again changes nothing.
   *
   * @returns when the event begins. That is later than requested if the clock skips that time.
   */
  addToday(
    accessToken: string,
    now: number,
    event: { id: string; title: string; startTime: string; minutes: number },
    signal: AbortSignal,
  ): Promise<{ date: string; start: string }>
}

const HOURS = 3_600_000
/** Before and after now. Any "today" lies within, also when clocks go back. */
const AROUND_NOW = 25 * HOURS
/** The API's default page size. */
const LISTED = 250

const moment = z.object({ dateTime: z.iso.datetime({ offset: true }).optional(), date: z.iso.date().optional() })
const TimeZone = z.object({ timeZone: z.string().default('UTC') })
const Item = z.object({ summary: z.string().default('(no title)'), start: moment, end: moment })
const Added = z.object({
  /** Events: get also answers with an event that the user has deleted (reference: `status` of Events). */
  status: z
    .string()
    .refine((status) => status !== 'cancelled')
    .optional(),
  start: z.object({ dateTime: z.iso.datetime({ offset: true }) }),
})
const Events = TimeZone.extend({
  items: listOf(z.unknown(), LISTED).default({ items: [] }),
  nextPageToken: z.string().nullish(),
})
const TokenInfo = z.object({ scope: z.string(), sub: z.string().optional(), email: z.string().optional() })

/** @param settings.url `https://www.googleapis.com` */
export function createGoogleCalendar({ url, timeoutMs }: VendorSettings): GoogleCalendar {
  const { events } = calendar({ version: 'v3', rootUrl: url })
  const options = (accessToken: string, signal: AbortSignal) => ({
    headers: { Authorization: `Bearer ${accessToken}` },
    signal,
    timeout: timeoutMs,
    // The client would repeat reads.
    retry: false,
    // A redirect could lead to another origin.
    redirect: 'error' as const,
    fetchImplementation: fetchBounded,
  })

  return {
    // The token is in the header: a query gets into logs.
    async account(accessToken, signal) {
      const call = { accessToken, signal, timeoutMs, form: {} }
      const { scope, sub, email } = await callJson(TokenInfo, new URL('/oauth2/v3/tokeninfo', url).href, call).catch(
        (error: VendorError) => {
          // For a token that has ended Google answers 400.
          throw error.reason === 'invalid' ? new VendorError('token-rejected', error.status, error.errorName) : error
        },
      )
      return {
        // Absent without a scope of signing in: the user can leave it out.
        ...(sub === undefined ? {} : { id: short(sub) }),
        ...(email === undefined ? {} : { name: short(email) }),
        granted: scopesInText(scope),
      }
    },

    async today(accessToken, now, signal) {
      const answer = await requireAnswer(Events, () =>
        events
          .list(
            {
              calendarId: 'primary',
              timeMin: new Date(now - AROUND_NOW).toISOString(),
              timeMax: new Date(now + AROUND_NOW).toISOString(),
              singleEvents: true,
              orderBy: 'startTime',
              maxResults: LISTED,
              // A description may have kilobytes (docs: "Performance tips", Partial response).
              fields: 'timeZone,nextPageToken,items(summary,start,end)',
            },
            options(accessToken, signal),
          )
          .catch(unlessTooOften),
      )
      const zone = requireTimeZone(answer.timeZone)
      const { items, more } = answer.items
      const { date: today } = dateAndTime(now, zone)
      return {
        date: today,
        events: items.flatMap((item) => eventOf(item, today, zone)),
        // A page may be shorter than requested although there are others (reference: `maxResults` of Events: list).
        ...moreIf(Boolean(answer.nextPageToken) || more === true),
      }
    },

    async addToday(accessToken, now, { id, title, startTime, minutes }, signal) {
      // The scope for writing also allows this read. Any list has the time zone.
      const zone = await readFirst(async () => {
        const { timeZone } = await requireAnswer(TimeZone, () =>
          events
            .list({ calendarId: 'primary', maxResults: 1, fields: 'timeZone' }, options(accessToken, signal))
            .catch(unlessTooOften),
        )
        return requireTimeZone(timeZone)
      })
      const startsAt = instantOf(dateAndTime(now, zone).date, startTime, zone)
      const moment = (at: number) => ({ dateTime: new Date(at).toISOString(), timeZone: zone })
      const requestBody = { id, summary: title, start: moment(startsAt), end: moment(startsAt + minutes * 60_000) }
      const beginsAt = await requireAnswer(z.object({ id: z.string() }), () =>
        events.insert({ calendarId: 'primary', requestBody }, options(accessToken, signal)).catch(unlessTooOften),
      ).then(
        () => startsAt,
        (error: VendorError) => {
          if (error.reason !== 'conflict') throw error
          // We choose the id, so this change was made before: perhaps on the day before.
          return beginningOf(id, accessToken, signal)
        },
      )
      const { date, time } = dateAndTime(beginsAt, zone)
      return { date, start: time }
    },
  }

  async function beginningOf(id: string, accessToken: string, signal: AbortSignal): Promise<number> {
    const added = await requireAnswer(Added, () =>
      events.get({ calendarId: 'primary', eventId: id }, options(accessToken, signal)),
    ).catch(({ status, errorName }: VendorError) => {
      // Not reported as a refusal, which would mean that nothing was added.
      throw new VendorError('unavailable', status, errorName)
    })
    return Date.parse(added.start.dateTime)
  }
}

/** @returns an empty list also for an unreadable event, which must not hide the others. */
function eventOf(item: unknown, today: string, zone: string): CalendarEvent[] {
  const { data } = Item.safeParse(item)
  if (!data) return []
  const { start, end } = data
  const title = short(data.summary)
  if (start.date !== undefined) {
    const endsBefore = end.date ?? start.date
    const isToday = start.date <= today && (today < endsBefore || endsBefore === start.date)
    return isToday ? [{ title, start: 'all day' }] : []
  }
  if (start.dateTime === undefined) return []
  const startsAt = Date.parse(start.dateTime)
  const endsAt = Date.parse(end.dateTime ?? start.dateTime)
  const from = dateAndTime(startsAt, zone)
  // An event that ends at midnight does not overlap the day that begins then.
  const lastDate = dateAndTime(Math.max(startsAt, endsAt - 1), zone).date
  if (from.date > today || lastDate < today) return []
  const shown = ({ date, time }: { date: string; time: string }) => (date === today ? time : `${date} ${time}`)
  return [{ title, start: shown(from), end: shown(dateAndTime(endsAt, zone)) }]
}
