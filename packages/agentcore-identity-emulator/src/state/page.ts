import { ValidationException } from '../aws-protocol/errors.ts'

const DEFAULT_PAGE = 20

export function page<T extends { name: string }>(
  all: Iterable<T>,
  { nextToken, maxResults = DEFAULT_PAGE }: { nextToken?: string; maxResults?: number },
): { items: T[]; nextToken: string | null } {
  const after = nextToken === undefined ? '' : readToken(nextToken)
  const rest = [...all].filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1))
  const items = rest.slice(0, maxResults)
  const last = items.at(-1)
  return rest.length > items.length && last ? { items, nextToken: writeToken(last.name) } : { items, nextToken: null }
}

const writeToken = (name: string) => Buffer.from(JSON.stringify({ after: name })).toString('base64url')

function readToken(token: string): string {
  try {
    const { after } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (typeof after === 'string') return after
  } catch {}
  throw ValidationException.field('nextToken', 'The token was not issued by this operation')
}
