/** What the scripted model understands of a provider, by the name of the tool. Local and in tests only: no image has it. */
export type Scripted = Readonly<Record<string, ScriptedTool>>

export interface ScriptedTool {
  /** A whole request, as the welcome and the tests make it. */
  example: string
  /** Its named groups are the tool's input. */
  request: RegExp
  /** The request quotes free text: it is looked for first, because a title may read like a request. */
  quotes?: boolean
  /** When the tool's input is not the groups as they are. */
  input?(groups: Record<string, string>): Record<string, string>
  /** After "I can". */
  ability: string
  /** What the tool has returned, put into a sentence. */
  answer(result: unknown): string
}

/** Between a verb and what it is about: no other request, so that two of them in one sentence stay two. */
const VERBS = 'what|which|show|list|read|add|open|post|send'
const GAP = String.raw`(?:(?!\b(?:${VERBS})\b)[^.?!])*?`

/** "Which repositories do I have?", "List my repositories": one of the verbs, and later the thing. */
export const asksFor = (verbs: readonly string[], thing: string): RegExp =>
  new RegExp(String.raw`\b(?:${verbs.join('|')})\b${GAP}\b(?:${thing})\b`, 'i')

export const inList = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
