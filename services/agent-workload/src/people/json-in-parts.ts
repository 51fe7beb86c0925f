import { setImmediate } from 'node:timers/promises'

/** These members are left out. The id of an authorization, for example, begins with the reference of a user session. */
const IDS = new Set(['authorizationId', 'confirmationId', 'requestId', 'startUrl', 'accountId', 'turnId'])
const HALF = 22
const END_OF_ID = /\.[\w-]{22}/g
const BEGIN_OF_ID = /^[\w-]{22}$/

/** Replaces what may be the id of an authorization. Looks for the dot first: a search for the first half would begin at every letter. */
export function withoutIds(text: string): string {
  let result = ''
  let done = 0
  for (const { index } of text.matchAll(END_OF_ID)) {
    const begin = index - HALF
    if (begin < done || !BEGIN_OF_ID.test(text.slice(begin, index))) continue
    result += `${text.slice(done, begin)}…`
    done = index + 1 + HALF
  }
  return result + text.slice(done)
}

/** In JSON text the letter of an escape, as in `\n`, could count as the first character of an id: ids are replaced before. */
export const textOf = (value: unknown): string =>
  JSON.stringify(
    value,
    (name, member: unknown) => {
      if (IDS.has(name)) return undefined
      if (typeof member === 'string') return withoutIds(member)
      if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
      return Object.fromEntries(Object.entries(member).map(([key, one]) => [withoutIds(key), one]))
    },
    2,
  )

/** A value at this depth is one piece. */
const DEPTH = 6

/** The same JSON as `textOf`, a member at a time. */
export function* piecesOf(value: unknown, depth = DEPTH): Generator<string> {
  if (depth === 0 || typeof value !== 'object' || value === null) return yield textOf(value) ?? 'null'
  const isList = Array.isArray(value)
  yield isList ? '[' : '{'
  let before = '\n'
  for (const [name, member] of Object.entries(value)) {
    if (!isList && (IDS.has(name) || member === undefined)) continue
    yield isList ? before : `${before}${JSON.stringify(withoutIds(name))}: `
    yield* piecesOf(member, depth - 1)
    before = ',\n'
  }
  yield isList ? ']' : '}'
}

/** In characters. */
const PART = 32 * 1_024

/** Lets the process do other work between two parts. */
export async function* inParts(pieces: Iterable<string>): AsyncGenerator<string> {
  let part = ''
  for (const piece of pieces) {
    part += piece
    if (part.length < PART) continue
    yield part
    part = ''
    await setImmediate()
  }
  if (part !== '') yield part
  await setImmediate()
}
