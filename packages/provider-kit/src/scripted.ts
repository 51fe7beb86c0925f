/** The scripted model's rules, by tool name. Only for the local stack and tests. */
export type Scripted = Readonly<Record<string, ScriptedTool>>

export interface ScriptedTool {
  example: string
  /** Its named groups are the tool's input. With `input`, that function makes the input from them. */
  request: RegExp
  /** The request quotes text. It is matched first, because a quoted title may look like another request. */
  quotes?: boolean
  input?(groups: Record<string, string>): Record<string, string>
  /** The rest of a sentence that begins with "I can". */
  ability: string
  answer(result: unknown): string
}

/** `\b` knows ASCII letters only. */
const word = (words: string) => String.raw`(?<![\p{L}\p{N}_])(?:${words})(?![\p{L}\p{N}_])`

/** None of these may be between a verb and its object: two requests in one sentence stay two. */
const VERBS = 'what|which|show|list|read|add|open|post|send'
const GAP = `(?:(?!${word(VERBS)})[^.?!])*?`

/** Matches sentences such as "Which repositories do I have?". */
export const asksFor = (verbs: readonly string[], thing: string): RegExp =>
  new RegExp(`${word(verbs.join('|'))}${GAP}${word(thing)}`, 'iu')

export const thereAreMore = (more: boolean | undefined): string => (more ? ' There are more.' : '')

export const inList = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
