import { defineTool, type ProviderAtWork, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createGoogleCalendar, type GoogleCalendar } from './client.ts'
import { READ_SCOPE, WRITE_SCOPE } from './scopes.ts'

export function googleCalendarAtWork(settings: VendorSettings): ProviderAtWork {
  const calendar = createGoogleCalendar(settings)
  return { account: calendar.account, tools: [listCalendarEvents(calendar), addCalendarEvent(calendar)] }
}

const listCalendarEvents = (calendar: GoogleCalendar) =>
  defineTool({
    name: 'list_calendar_events',
    description: "Lists the events on the user's calendar today, with their times in the calendar's time zone.",
    pastTense: 'listed events',
    inputSchema: z.object({}),
    scopes: [READ_SCOPE],
    does: 'read',
    act: (_input, { accessToken, now, signal }) => calendar.today(accessToken, now, signal),
  })

/** `WRITE_SCOPE` is not requested before this tool is used: reading does not need it. */
const addCalendarEvent = (calendar: GoogleCalendar) =>
  defineTool({
    name: 'add_calendar_event',
    description: "Adds an event to the user's calendar, today.",
    pastTense: 'added an event',
    inputSchema: z.object({
      title: z.string().min(1).max(200),
      startTime: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
        .describe("Hours and minutes in the calendar's time zone, such as 09:30 or 14:00"),
      durationMinutes: z.int().min(5).max(1_440).default(60),
    }),
    scopes: [WRITE_SCOPE],
    does: 'repeatable-change',
    // The primary calendar, without guests.
    destination: 'own',
    async act({ title, startTime, durationMinutes: minutes }, { accessToken, effectId, now, signal }) {
      // Google accepts an id that the client chooses (`[a-v0-9]{5,1024}`).
      const event = { id: effectId, title, startTime, minutes }
      return { title, ...(await calendar.addToday(accessToken, now, event, signal)), minutes }
    },
  })
