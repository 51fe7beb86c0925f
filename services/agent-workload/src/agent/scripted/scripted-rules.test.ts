import { loadScripted } from '@agent-identity/providers/scripted'
import { describe, expect, it } from '@jest/globals'
import { decide } from './scripted-rules.ts'

const scripted = await loadScripted()
const ALL = new Set(['list_calendar_events', 'add_calendar_event', 'list_repositories', 'open_issue', 'read_profile'])

describe('the rules of the scripted model', () => {
  it.each([
    ['What is on my calendar today?', [{ name: 'list_calendar_events', input: {} }]],
    ["what's on my calendar", [{ name: 'list_calendar_events', input: {} }]],
    [
      'Add Lunch at 12:30 to my calendar',
      [{ name: 'add_calendar_event', input: { title: 'Lunch', startTime: '12:30' } }],
    ],
    [
      'Add "Call at the dentist" at 9:05 to my calendar.',
      [{ name: 'add_calendar_event', input: { title: 'Call at the dentist', startTime: '09:05' } }],
    ],
    ['List my repositories', [{ name: 'list_repositories', input: {} }]],
    ['Which repos do I have?', [{ name: 'list_repositories', input: {} }]],
    ['What is in my profile?', [{ name: 'read_profile', input: {} }]],
    ['Show me my e-mail address', [{ name: 'read_profile', input: {} }]],
    [
      'Open an issue titled Typo in the readme in alice/notes.',
      [{ name: 'open_issue', input: { title: 'Typo in the readme', repository: 'alice/notes' } }],
    ],
    [
      'What is on my calendar today and list my repositories',
      [
        { name: 'list_calendar_events', input: {} },
        { name: 'list_repositories', input: {} },
      ],
    ],
    [
      'List my repositories and what is on my calendar?',
      [
        { name: 'list_repositories', input: {} },
        { name: 'list_calendar_events', input: {} },
      ],
    ],
    [
      'Open an issue titled List my repositories in alice/notes',
      [{ name: 'open_issue', input: { title: 'List my repositories', repository: 'alice/notes' } }],
    ],
  ])('turns a request into tool calls: %s', (sentence, calls) => {
    expect(decide(sentence, ALL, scripted)).toEqual({ text: expect.any(String), calls })
  })

  it.each([
    ['What can you do?', /^I can .*list your repositories, .*, and /],
    ['Tell me a joke', /^I am sorry, I understand a few sentences only\. I can /],
    ['', /^I am sorry/],
  ])('calls no tool otherwise: %s', (sentence, text) => {
    expect(decide(sentence, ALL, scripted)).toEqual({ text: expect.stringMatching(text), calls: [] })
  })

  it('names only the offered abilities', () => {
    expect(decide('What can you do?', new Set(['list_repositories']), scripted).text).toBe(
      'I can list your repositories.',
    )
    expect(decide('What can you do?', new Set(), scripted).text).toContain('no service is switched on')
    expect(decide('List my repositories', new Set(['list_calendar_events']), scripted).calls).toEqual([])
  })

  it('handles the longest message quickly, also where many rules begin to match', () => {
    // CPU time of this thread only: other processes do not count.
    const before = process.threadCpuUsage()
    decide('add at what list open an issue titled in '.repeat(200), ALL, scripted)
    expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(2_000)
  })
})
