import { createHash } from 'node:crypto'
import type { Person } from '@agent-identity/stand-in-kit'
import { type CalendarEvent, TIME_ZONE } from './calendars.ts'

const etag = (value: unknown) =>
  `"${createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16)}"`

export const calendarOf = (person: Person) => ({
  kind: 'calendar#calendar',
  etag: etag(person.email),
  id: person.email,
  summary: person.email,
  timeZone: TIME_ZONE,
})

export function eventOf(person: Person, event: CalendarEvent, origin: string) {
  const { id, summary, description, location, start, end, created } = event
  const self = { email: person.email, self: true }
  return {
    kind: 'calendar#event',
    etag: etag(event),
    id,
    status: 'confirmed',
    htmlLink: `${origin}/calendar/event?eid=${id}`,
    created: created.toISOString(),
    updated: created.toISOString(),
    summary,
    ...(description !== undefined ? { description } : {}),
    ...(location !== undefined ? { location } : {}),
    creator: self,
    organizer: self,
    start,
    end,
    iCalUID: `${id}@google.com`,
    sequence: 0,
    reminders: { useDefault: true },
    eventType: 'default',
  }
}

export const eventListOf = (person: Person, items: object[]) => ({
  kind: 'calendar#events',
  etag: etag(items),
  summary: person.email,
  updated: new Date().toISOString(),
  timeZone: TIME_ZONE,
  accessRole: 'owner',
  defaultReminders: [],
  items,
})
