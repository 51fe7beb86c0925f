import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Stack } from './stack-shape.ts'

interface Started {
  request: IncomingMessage
  server: Server
}

/**
 * Counts the requests that a vendor's stand-in gets. It runs in the process that started the stack, so this is for a stack of the
 * test's own.
 */
export function countVendorCalls(stack: Stack) {
  const seen: { port: string; path: string }[] = []
  const onRequest = (message: unknown) => {
    const { request, server } = message as Started
    const { port } = server.address() as AddressInfo
    seen.push({ port: String(port), path: (request.url ?? '').split('?')[0] ?? '' })
  }
  subscribe('http.server.request.start', onRequest)
  return {
    /** The number of requests for this path at this vendor since the last call for it. */
    take(vendor: string, path: string): number {
      const { port } = new URL(stack.vendors[vendor] ?? '')
      const found = seen.filter((one) => one.port === port && one.path === path)
      for (const one of found) seen.splice(seen.indexOf(one), 1)
      return found.length
    },
    stop: () => void unsubscribe('http.server.request.start', onRequest),
  }
}
