import type { Server, ServerResponse } from 'node:http'

/**
 * Ends a server and owes nobody an answer: a call under way is carried out and answered, then its connection is closed. Cutting
 * it off would leave the caller without the reply of an exchange that happened. Event streams end at once.
 */
export function createDrain(server: Server, { longestCallMs }: { longestCallMs: number }) {
  const open = new Set<ServerResponse>()
  let onIdle = () => {}
  // Before the application: its answer may be whole by the time that its listener returns.
  server.prependListener('request', (_request, response) => {
    open.add(response)
    response.once('close', () => {
      open.delete(response)
      if (open.size === 0) onIdle()
    })
  })

  let draining: Promise<void> | undefined
  return () => {
    draining ??= drain()
    return draining
  }

  async function drain() {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const response of open) {
      response.shouldKeepAlive = false
      // An answer is written in one piece: what has begun and not ended is a stream.
      if (response.headersSent && !response.writableEnded) response.end()
    }
    // A request whose body never arrives has no answer to wait for.
    const limit = setTimeout(() => server.closeAllConnections(), longestCallMs)
    if (open.size > 0)
      await new Promise<void>((resolve) => {
        onIdle = resolve
      })
    server.closeAllConnections()
    await closed
    clearTimeout(limit)
  }
}
