import { asksFor, inList, type Scripted, thereAreMore } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Events = z.object({
  events: z.array(z.object({ title: z.string(), start: z.string() })),
  more: z.boolean().optional(),
})
const Profile = z.object({ name: z.string(), address: z.string().optional() })

export const scripted: Scripted = {
  list_outlook_events: {
    example: 'Which Outlook events do I have today?',
    request: asksFor(['what', 'which', 'show', 'list'], 'outlook events'),
    ability: 'list your Outlook events of the next 24 hours',
    answer(result) {
      const { events, more } = Events.parse(result)
      if (events.length === 0) return 'There is nothing in your Outlook calendar.'
      const each = events.map(({ title, start }) => `${title} (${start.slice(11, 16)} UTC)`)
      return `In your Outlook calendar: ${inList(each)}.${thereAreMore(more)}`
    },
  },
  read_microsoft_profile: {
    example: 'What is my Microsoft name?',
    request: asksFor(['what', 'show', 'read'], 'microsoft name'),
    ability: 'tell you your name at Microsoft 365',
    answer(result) {
      const { name, address } = Profile.parse(result)
      return `At Microsoft 365 you are ${name}${address === undefined ? '' : ` (${address})`}.`
    },
  },
}
