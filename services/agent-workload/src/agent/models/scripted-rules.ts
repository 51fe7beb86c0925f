/** What the stand-in for a model does with a sentence: rules, in the order in which they are tried. */
export interface Decision {
  text: string
  calls: ToolCall[]
}

export interface ToolCall {
  name: string
  input: Record<string, string>
}

interface Rule {
  tool: string
  pattern: RegExp
}

/** Between a verb and what it is about: no other request, so that two of them in one sentence stay two. */
const GAP = String.raw`(?:(?!\b(?:what|which|show|list|read|add|open)\b)[^.?!])*?`

const RULES: readonly Rule[] = [
  {
    tool: 'add_calendar_event',
    pattern: /\badd (?<title>.+?) at (?<startTime>\d{1,2}:\d{2})(?: to (?:my|the) calendar)?/i,
  },
  {
    tool: 'open_issue',
    pattern: /\bopen an issue (?:titled|called|named) (?<title>.+?) in (?<repository>[\w.-]+\/[\w.-]*\w)/i,
  },
  { tool: 'list_calendar_events', pattern: new RegExp(String.raw`\b(?:what|show|list|read)\b${GAP}\bcalendar\b`, 'i') },
  {
    tool: 'list_repositories',
    pattern: new RegExp(String.raw`\b(?:what|which|show|list)\b${GAP}\b(?:repositories|repos)\b`, 'i'),
  },
  {
    tool: 'read_profile',
    pattern: new RegExp(String.raw`\b(?:what|show|read)\b${GAP}\b(?:profile|e-?mail address)\b`, 'i'),
  },
]

const ABILITIES: Readonly<Record<string, string>> = {
  list_calendar_events: 'tell you what is on your calendar today',
  add_calendar_event: 'add an event to it ("Add Lunch at 12:30 to my calendar")',
  list_repositories: 'list your repositories',
  read_profile: 'tell you what is in your profile',
  open_issue: 'open an issue ("Open an issue titled Typo in alice/notes")',
}

/** @param tools the names of those that are offered. */
export function decide(sentence: string, tools: ReadonlySet<string>): Decision {
  const calls: ToolCall[] = []
  let rest = sentence
  for (const { tool, pattern } of RULES) {
    const match = pattern.exec(rest)
    if (!match) continue
    calls.push({ name: tool, input: tidy(match.groups) })
    // The next rules see what is left: a title is not a request.
    rest = rest.replace(match[0], ' ')
  }
  if (calls.length === 0) {
    const asked = /\b(?:what can you|help)\b/i.test(sentence)
    return { text: `${asked ? '' : 'I am sorry, I understand a few sentences only. '}${whatICanDo(tools)}`, calls }
  }
  if (calls.some(({ name }) => !tools.has(name)))
    return { text: `I cannot do that here. ${whatICanDo(tools)}`, calls: [] }
  return { text: 'Let me see.', calls }
}

function tidy(groups: Record<string, string> | undefined): Record<string, string> {
  const entries = Object.entries(groups ?? {}).map(([name, value]) => [
    name,
    value.replace(/^["'“](.*)["'”]$/, '$1').trim(),
  ])
  const input = Object.fromEntries(entries) as Record<string, string>
  return input.startTime === undefined ? input : { ...input, startTime: input.startTime.padStart(5, '0') }
}

function whatICanDo(tools: ReadonlySet<string>): string {
  const abilities = Object.keys(ABILITIES).flatMap((tool) => (tools.has(tool) ? [ABILITIES[tool]] : []))
  const last = abilities.pop()
  if (last === undefined) return 'There is nothing I can do here: no service is switched on.'
  return `I can ${abilities.length > 0 ? `${abilities.join(', ')}, and ${last}` : last}.`
}
