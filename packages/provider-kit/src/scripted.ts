/** The scripted model's rules for a provider, by tool name. Only for the local stack and tests. */
export type Scripted = Readonly<Record<string, ScriptedTool>>

export interface ScriptedTool {
  /** A whole example request. */
  example: string
  /** Its named groups are the tool's input. */
  request: RegExp
  /** The request quotes free text: it is matched first, because a title may look like a request. */
  quotes?: boolean
  /** When the tool's input differs from the groups. */
  input?(groups: Record<string, string>): Record<string, string>
  /** The rest of a sentence that begins with "I can". */
  ability: string
  /** Phrases the tool's result as a sentence. */
  answer(result: unknown): string
}

/** As a whole word. `\b` knows ASCII letters only, and a display name may begin with another one. */
const word = (words: string) => String.raw`(?<![\p{L}\p{N}_])(?:${words})(?![\p{L}\p{N}_])`

/** Between a verb and its object: none of these verbs, so that two requests in one sentence stay two. */
const VERBS = 'what|which|show|list|read|add|open|post|send'
const GAP = `(?:(?!${word(VERBS)})[^.?!])*?`

/** "Which repositories do I have?": one of the verbs, then the object. */
export const asksFor = (verbs: readonly string[], thing: string): RegExp =>
  new RegExp(`${word(verbs.join('|'))}${GAP}${word(thing)}`, 'iu')

export const thereAreMore = (more: boolean | undefined): string => (more ? ' There are more.' : '')

export const inList = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
