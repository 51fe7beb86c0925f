import type { AnyOperation } from './operation.ts'

export type Plane = 'data' | 'control'

/** A route without `operation` is not emulated. */
export type Route = { name: string; method: string; path: string; plane: Plane; operation?: AnyOperation }

const TAGS = '/tags/'

export type FoundRoute = { route?: Route; resourceArn?: string }
export type FindRoute = (request: { method?: string | undefined; url?: string | undefined }) => FoundRoute

/** Both planes have one origin: their paths are disjoint. */
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
