/** `acrossColons`: IAM keeps some wildcards within one segment of an ARN. */
export type Token = { kind: 'character'; character: string } | { kind: 'one' | 'many'; acrossColons: boolean }

/** The time grows at most with the length of the pattern times that of the text. */
export function matchesPattern(pattern: readonly Token[], text: string): boolean {
  const characters = Array.from(text)
  const start = sharedStart(pattern, characters)
  const [first, ...others] = pattern.slice(start)
  if (first === undefined) return characters.length === start
  if (first.kind === 'character') return false
  if (first.kind === 'many' && first.acrossColons && others.length === 0) return true
  let positions = withSkippedWildcards(pattern, new Set([start]))
  for (const character of characters.slice(start)) {
    const next = new Set<number>()
    for (const position of positions) {
      const token = pattern[position]
      if (token === undefined || !takes(token, character)) continue
      next.add(token.kind === 'many' ? position : position + 1)
    }
    if (next.size === 0) return false
    positions = withSkippedWildcards(pattern, next)
  }
  return positions.has(pattern.length)
}

function sharedStart(pattern: readonly Token[], characters: readonly string[]) {
  const differs = pattern.findIndex((token, at) => token.kind !== 'character' || token.character !== characters[at])
  return differs < 0 ? pattern.length : differs
}

function takes(token: Token, character: string) {
  return token.kind === 'character' ? token.character === character : token.acrossColons || character !== ':'
}

/** The loop also visits the positions that it adds. */
function withSkippedWildcards(pattern: readonly Token[], positions: Set<number>) {
  for (const position of positions) if (pattern[position]?.kind === 'many') positions.add(position + 1)
  return positions
}

export const charactersOf = (text: string): Token[] =>
  Array.from(text, (character) => ({ kind: 'character', character }))

const anywhere = (kind: 'one' | 'many'): Token => ({ kind, acrossColons: true })

export const wildcardPattern = (text: string): Token[] =>
  Array.from(text, (character) =>
    character === '*' ? anywhere('many') : character === '?' ? anywhere('one') : { kind: 'character', character },
  )
