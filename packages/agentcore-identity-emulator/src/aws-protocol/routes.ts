import type { AnyOperation } from './operation.ts'

export type Plane = 'data' | 'control'

/** A place in AWS's API. Without `operation` it is known by name only, and answered with NotEmulatedException. */
export type Route = { name: string; method: string; path: string; plane: Plane; operation?: AnyOperation }

const TAGS = '/tags/'

/** Both planes on one origin: their paths are disjoint. Tag operations carry an ARN, slashes escaped, in the path. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route?: Route; resourceArn?: string } {
  const resourceArn = path.startsWith(TAGS) ? unescapeArn(path.slice(TAGS.length)) : undefined
  const pattern = resourceArn === undefined ? path : `${TAGS}{resourceArn}`
  const route = routes.find((candidate) => candidate.method === method && candidate.path === pattern)
  return { ...(route ? { route } : {}), ...(resourceArn === undefined ? {} : { resourceArn }) }
}

function unescapeArn(escaped: string) {
  try {
    return decodeURIComponent(escaped)
  } catch {
    return escaped
  }
}
