import { asksFor, inList, type Scripted, thereAreMore } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Channels = z.object({ channels: z.array(z.string()), more: z.boolean().optional() })
const Posted = z.object({ channel: z.string(), text: z.string() })

export const scripted: Scripted = {
  list_slack_channels: {
    example: 'Which Slack channels am I in?',
    request: asksFor(['what', 'which', 'show', 'list'], 'slack channels'),
    ability: 'list your Slack channels',
    answer(result) {
      const { channels, more } = Channels.parse(result)
      return channels.length === 0
        ? 'You are in no channel.'
        : `Your channels: ${inList(channels)}.${thereAreMore(more)}`
    },
  },
  post_slack_message: {
    example: 'Post "Lunch is at noon" to #general',
    request: /\b(?:post|send) "(?<text>[^"]+)" (?:to|in) (?<channel>#[\w-]+)/i,
    quotes: true,
    ability: 'post a Slack message ("Post "Lunch is at noon" to #general")',
    answer(result) {
      const { channel, text } = Posted.parse(result)
      return `"${text}" is posted in #${channel}.`
    },
  },
}
