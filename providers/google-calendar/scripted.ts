import { asksFor, inList, type Scripted, thereAreMore } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Events = z.object({
  events: z.array(z.object({ title: z.string(), start: z.string() })),
  more: z.boolean().optional(),
})
const Added = z.object({ title: z.string(), start: z.string() })

export const scripted: Scripted = {
  list_calendar_events: {
    example: 'What is on my calendar today?',
    request: asksFor(['what', 'show', 'list', 'read'], 'calendar'),
    ability: 'tell you what is on your calendar today',
    answer(result) {
      const { events, more } = Events.parse(result)
      if (events.length === 0) return 'There is nothing on your calendar today.'
      return `On your calendar today: ${inList(events.map(({ title, start }) => `${title} (${start})`))}.${thereAreMore(more)}`
    },
  },
  add_calendar_event: {
    example: 'Add Lunch at 12:30 to my calendar',
    request: /\badd (?<title>.+?) at (?<startTime>\d{1,2}:\d{2})(?: to (?:my|the) calendar)?/i,
    quotes: true,
    input: ({ title = '', startTime = '' }) => ({ title, startTime: startTime.padStart(5, '0') }),
    ability: 'add an event to your calendar ("Add Lunch at 12:30 to my calendar")',
    answer(result) {
      const { title, start } = Added.parse(result)
      return `${title} is on your calendar, today at ${start}.`
    },
  },
}
