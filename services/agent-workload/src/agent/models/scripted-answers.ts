import type { Message, ToolResultBlock, ToolUseBlock } from '@strands-agents/sdk'
import { z } from 'zod'

/** Puts the results of the last tool calls into words, in the order of the calls. */
export function answer(messages: readonly Message[]): string {
  const calls = new Map<string, ToolUseBlock>()
  for (const { content } of messages)
    for (const block of content) if (block.type === 'toolUseBlock') calls.set(block.toolUseId, block)
  const results = messages.at(-1)?.content.filter((block) => block.type === 'toolResultBlock') ?? []
  return results.map((result) => sentence(calls.get(result.toolUseId)?.name ?? '', result)).join('\n\n')
}

function sentence(tool: string, result: ToolResultBlock): string {
  const [first] = result.content
  if (result.status === 'error')
    return `I am sorry. ${first?.type === 'textBlock' ? first.text.replace(/^Error: /, '') : 'That did not work.'}`
  const inWords = ANSWERS[tool]
  return (first?.type === 'jsonBlock' && inWords?.(first.json)) || 'That is done.'
}

const Events = z.object({ events: z.array(z.object({ title: z.string(), start: z.string() })) })
const Added = z.object({ title: z.string(), start: z.string() })
const Repositories = z.object({ repositories: z.array(z.object({ name: z.string() })) })
const Profile = z.object({ username: z.string(), name: z.string(), email: z.string() }).partial()
const Issue = z.object({ title: z.string(), repository: z.string(), number: z.number() })

const ANSWERS: Readonly<Record<string, (json: unknown) => string>> = {
  list_calendar_events(json) {
    const { events } = Events.parse(json)
    if (events.length === 0) return 'There is nothing on your calendar today.'
    return `On your calendar today: ${list(events.map(({ title, start }) => `${title} (${start})`))}.`
  },
  add_calendar_event(json) {
    const { title, start } = Added.parse(json)
    return `${title} is on your calendar, today at ${start}.`
  },
  list_repositories(json) {
    const { repositories } = Repositories.parse(json)
    if (repositories.length === 0) return 'You have no repositories.'
    return `Your repositories: ${list(repositories.map(({ name }) => name))}.`
  },
  read_profile(json) {
    const { username, name, email } = Profile.parse(json)
    const known = [
      name && `your name, ${name}`,
      username && `your username, ${username}`,
      email && `your address, ${email}`,
    ]
    return `Your profile has ${list(known.filter((one) => one !== undefined)) || 'nothing that I may see'}.`
  },
  open_issue(json) {
    const { title, repository, number } = Issue.parse(json)
    return `Issue #${number}, "${title}", is open in ${repository}.`
  },
}

const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
