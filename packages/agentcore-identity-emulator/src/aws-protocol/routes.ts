import type { AnyOperation } from './operation.ts'

export type Plane = 'data' | 'control'

/** Without `operation`, the answer is NotEmulatedException. */
export type Route = { name: string; method: string; path: string; plane: Plane; operation?: AnyOperation }

const TAGS = '/tags/'

/** `route` is absent when no operation of Identity, emulated or not, has this method and path. */
export type FoundRoute = { route?: Route; resourceArn?: string }
export type FindRoute = (request: { method?: string | undefined; url?: string | undefined }) => FoundRoute

/** Both planes have one origin: their paths are disjoint. Tag operations have an ARN in the path, with escaped slashes. */
export function createRoutes(routes: readonly Route[]): FindRoute {
  const byPlace = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]))
  return ({ method = '', url = '' }) => {
    const [path = ''] = url.split('?', 1)
    const resourceArn = path.startsWith(TAGS) ? unescapeArn(path.slice(TAGS.length)) : undefined
    const route = byPlace.get(`${method} ${resourceArn === undefined ? path : `${TAGS}{resourceArn}`}`)
    return { ...(route ? { route } : {}), ...(resourceArn === undefined ? {} : { resourceArn }) }
  }
}

function unescapeArn(escaped: string) {
  try {
    return decodeURIComponent(escaped)
  } catch {
    return escaped
  }
}
