import { randomBytes } from 'node:crypto'
import type { Person } from '@agent-identity/stand-in-kit'

export interface CalendarEvent {
  id: string
  summary: string
  description?: string | undefined
  location?: string | undefined
  start: EventTime
  end: EventTime
  created: Date
}

/** `date`: a whole day. */
export interface EventTime {
  dateTime?: string | undefined
  date?: string | undefined
  timeZone?: string | undefined
}

export interface Calendars {
  eventsOf(person: Person): CalendarEvent[]
  /** False when an event of that id exists already. */
  add(person: Person, event: CalendarEvent): boolean
}

export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

/** In local time. */
const DAYS: Readonly<Record<string, readonly { summary: string; start: string; end: string }[]>> = {
  alice: [
    { summary: 'Stand-up', start: '09:30', end: '09:45' },
    { summary: 'Dentist', start: '15:00', end: '15:30' },
  ],
  bob: [{ summary: 'Board meeting', start: '11:00', end: '12:00' }],
}

const dayOf = (username: string) =>
  DAYS[username] ?? [{ summary: `Meeting of ${username}`, start: '10:00', end: '10:30' }]

export function createCalendars(now: () => Date = () => new Date()): Calendars {
  const added = new Map<Person, CalendarEvent[]>()
  const startedAt = now()

  const eventsOfToday = (person: Person): CalendarEvent[] =>
    dayOf(person.username).map(({ summary, start, end }, index) => {
      const day = now()
      const id = `${day.toISOString().slice(0, 10).replaceAll('-', '')}${person.username.replaceAll(/[^a-v0-9]/g, '')}${index}`
      return { id, summary, start: at(day, start), end: at(day, end), created: startedAt }
    })
  const eventsOf = (person: Person) => [...eventsOfToday(person), ...(added.get(person) ?? [])]

  return {
    eventsOf,
    add(person, event) {
      if (eventsOf(person).some(({ id }) => id === event.id)) return false
      added.set(person, [...(added.get(person) ?? []), event])
      return true
    },
  }
}

/** An id like Google's: base32hex, lower case. */
export const newEventId = () => BigInt(`0x${randomBytes(16).toString('hex')}`).toString(32)

/** A whole day starts at this machine's midnight. */
export function timeOf({ dateTime, date }: EventTime): number {
  return new Date(dateTime ?? `${date}T00:00:00`).getTime()
}

function at(day: Date, time: string): EventTime {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  const moment = new Date(day)
  moment.setHours(hours, minutes, 0, 0)
  return { dateTime: moment.toISOString(), timeZone: TIME_ZONE }
}
