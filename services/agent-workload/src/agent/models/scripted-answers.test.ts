import { loadScripted } from '@agent-identity/providers/scripted'
import { describe, expect, it } from '@jest/globals'
import { type JSONValue, JsonBlock, Message, TextBlock, ToolResultBlock, ToolUseBlock } from '@strands-agents/sdk'
import { answer } from './scripted-answers.ts'

function conversation(...results: [tool: string, status: 'success' | 'error', content: JSONValue][]): Message[] {
  return [
    new Message({
      role: 'assistant',
      content: results.map(([name], at) => new ToolUseBlock({ name, toolUseId: `${at}`, input: {} })),
    }),
    new Message({
      role: 'user',
      content: results.map(
        ([, status, content], at) =>
          new ToolResultBlock({
            toolUseId: `${at}`,
            status,
            content: [typeof content === 'string' ? new TextBlock(content) : new JsonBlock({ json: content })],
          }),
      ),
    }),
  ]
}

const scripted = await loadScripted()
const event = (title: string, start: string) => ({ title, start })

describe('the answers of the scripted model', () => {
  it.each<[string, JSONValue, string]>([
    ['list_calendar_events', { events: [] }, 'There is nothing on your calendar today.'],
    ['list_calendar_events', { events: [event('Stand-up', '09:00')] }, 'On your calendar today: Stand-up (09:00).'],
    [
      'list_calendar_events',
      { events: [event('Stand-up', '09:00'), event('Dentist', '14:00'), event('Fair', 'all day')] },
      'On your calendar today: Stand-up (09:00), Dentist (14:00) and Fair (all day).',
    ],
    ['list_repositories', { repositories: [] }, 'You have no repositories.'],
    ['list_repositories', { repositories: [{ name: 'alice/notes' }] }, 'Your repositories: alice/notes.'],
    [
      'read_profile',
      { username: 'alice', name: 'Alice', email: 'alice@example.com' },
      'Your profile has your name, Alice, your username, alice and your address, alice@example.com.',
    ],
    ['read_profile', {}, 'Your profile has nothing that I may see.'],
    ['a_tool_of_tomorrow', { done: true }, 'That is done.'],
  ])('says what %s found', (tool, json, words) => {
    expect(answer(conversation([tool, 'success', json]), scripted)).toBe(words)
  })

  it('says plainly what did not work, beside what did', () => {
    const messages = conversation(
      ['list_repositories', 'error', 'Error: GitHub was not connected in time.'],
      ['list_calendar_events', 'success', { events: [] }],
    )
    expect(answer(messages, scripted)).toBe(
      'I am sorry. GitHub was not connected in time.\n\nThere is nothing on your calendar today.',
    )
  })
})
