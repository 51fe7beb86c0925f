import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Stack } from './stack-shape.ts'

interface Started {
  request: IncomingMessage
  server: Server
}

/** Works only in the process that started the stack: the vendors' stand-ins run there. */
export function countVendorCalls(stack: Stack) {
  const seen: { port: string; path: string; authorization: string }[] = []
  const onRequest = (message: unknown) => {
    const { request, server } = message as Started
    const { port } = server.address() as AddressInfo
    const { authorization = '' } = request.headers
    seen.push({ port: String(port), path: (request.url ?? '').split('?')[0] ?? '', authorization })
  }
  subscribe('http.server.request.start', onRequest)
  const portOf = (vendor: string) => new URL(stack.vendors[vendor] ?? '').port
  return {
    tokens: (vendor: string): string[] =>
      seen
        .filter(({ port, authorization }) => port === portOf(vendor) && authorization.startsWith('Bearer '))
        .map(({ authorization }) => authorization.slice('Bearer '.length)),
    /** Counts the requests to this path that no earlier `take` has counted. */
    take(vendor: string, path: string): number {
      const found = seen.filter((one) => one.port === portOf(vendor) && one.path === path)
      for (const one of found) seen.splice(seen.indexOf(one), 1)
      return found.length
    },
    stop: () => void unsubscribe('http.server.request.start', onRequest),
  }
}
