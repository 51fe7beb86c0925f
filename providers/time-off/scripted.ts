import { asksFor, type Scripted } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Balance = z.object({ employee: z.string(), daysLeft: z.number() })
const Requested = z.object({ day: z.string(), daysLeft: z.number() })

export const scripted: Scripted = {
  read_days_off: {
    example: 'Show my days off',
    request: asksFor(['what', 'show', 'list', 'read'], 'days off'),
    ability: 'tell you how many days off you have left',
    answer(result) {
      const { employee, daysLeft } = Balance.parse(result)
      return `${employee} has ${daysLeft} days off left.`
    },
  },
  request_day_off: {
    example: 'Take 2026-12-24 off',
    request: /\btake (?<day>\d{4}-\d{2}-\d{2}) off\b/i,
    ability: 'ask for a day off ("Take 2026-12-24 off")',
    answer(result) {
      const { day, daysLeft } = Requested.parse(result)
      return `${day} is asked for. That leaves ${daysLeft} days off.`
    },
  },
}
