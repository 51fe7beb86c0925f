import { loadScripted } from '@agent-identity/providers/scripted'
import { describe, expect, it } from '@jest/globals'
import { answer } from './scripted-answers.ts'

const scripted = await loadScripted()
const event = (title: string, start: string) => ({ title, start })

describe('the answers of the scripted model', () => {
  it.each<[string, object, string]>([
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
      'list_repositories',
      { repositories: [{ name: 'alice/notes' }], more: true },
      'Your repositories: alice/notes. There are more.',
    ],
    [
      'read_profile',
      { username: 'alice', name: 'Alice', email: 'alice@example.com' },
      'Your profile has your name, Alice, your username, alice and your address, alice@example.com.',
    ],
    ['read_profile', {}, 'Your profile has nothing that I may see.'],
    ['a_tool_of_tomorrow', { done: true }, 'That is done.'],
  ])('says what %s found', (tool, result, words) => {
    expect(answer([{ tool, result }], scripted)).toBe(words)
  })

  it('reports what failed beside what succeeded', () => {
    const results = [
      { tool: 'list_repositories', failure: 'GitHub was not connected in time.' },
      { tool: 'list_calendar_events', result: { events: [] } },
    ]
    expect(answer(results, scripted)).toBe(
      'I am sorry. GitHub was not connected in time.\n\nThere is nothing on your calendar today.',
    )
  })
})
