import {
  defineTool,
  type ProviderAtWork,
  readFirst,
  VendorError,
  type VendorSettings,
} from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createSlackClient, type SlackClient } from './client.ts'

export function slackAtWork(settings: VendorSettings): ProviderAtWork {
  const slack = createSlackClient(settings)
  return { account: slack.account, tools: [listChannels(slack), postMessage(slack)] }
}

const listChannels = (slack: SlackClient) =>
  defineTool({
    name: 'list_slack_channels',
    description: 'Lists the public Slack channels that the user is in.',
    pastTense: 'listed channels',
    inputSchema: z.object({}),
    scopes: ['channels:read'],
    does: 'read',
    async act(_input, { accessToken, signal }) {
      const { channels, ...more } = await slack.channels(accessToken, signal)
      return { channels: channels.map(({ name }) => name), ...more }
    },
  })

/** `chat:write` is not requested before this tool is used: reading does not need it. */
const postMessage = (slack: SlackClient) =>
  defineTool({
    name: 'post_slack_message',
    description: 'Posts a message as the user, in a public Slack channel that the user is in.',
    pastTense: 'posted a message',
    inputSchema: z.object({
      channel: z
        .string()
        .regex(/^#?[\p{Ll}\p{Lo}\p{M}\p{N}_-]{1,80}$/u)
        .describe("The channel's name, such as general"),
      text: z.string().min(1).max(4_000),
    }),
    scopes: ['channels:read', 'chat:write'],
    does: 'change',
    destination: 'other',
    async act({ channel, text }, { accessToken, signal }) {
      const name = channel.replace(/^#/, '')
      const { channels, ...more } = await readFirst(() => slack.channels(accessToken, signal))
      const found = channels.find((one) => one.name === name)
      if (!found) throw new VendorError('not-found', undefined, 'Error', more)
      await slack.post(accessToken, { channel: found.id, text }, signal)
      return { channel: name, text }
    },
  })
