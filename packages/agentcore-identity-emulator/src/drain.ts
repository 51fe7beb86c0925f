import type { Server, ServerResponse } from 'node:http'

/**
 * Ends a server and owes nobody an answer: a call under way is carried out and answered, then its connection is closed. Cutting
 * it off would leave the caller without the reply of an exchange that happened. Event streams end at once. A call whose caller has
 * gone is carried out too: its code may be used up at the vendor, and what came of it belongs in the state that is kept.
 */
export function createDrain(server: Server, { longestCallMs }: { longestCallMs: number }) {
  const open = new Set<ServerResponse>()
  const underWay = new Set<Promise<unknown>>()
  let onIdle = () => {}
  const isIdle = () => open.size === 0 && underWay.size === 0
  // Before the application: its answer may be whole by the time that its listener returns.
  server.prependListener('request', (_request, response) => {
    open.add(response)
    response.once('close', () => {
      open.delete(response)
      if (isIdle()) onIdle()
    })
  })

  let draining: Promise<void> | undefined
  return {
    drain: () => {
      draining ??= drain()
      return draining
    },
    /** Waited for, whether its caller is still there or not. It must not reject. */
    carryOut: (work: Promise<unknown>) => {
      underWay.add(work)
      void work.then(() => {
        underWay.delete(work)
        if (isIdle()) onIdle()
      })
    },
  }

  async function drain() {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const response of open) {
      response.shouldKeepAlive = false
      // An answer is written in one piece: what has begun and not ended is a stream.
      if (response.headersSent && !response.writableEnded) response.end()
    }
    // A request whose body never arrives has no answer to wait for.
    const limit = setTimeout(() => onIdle(), longestCallMs)
    if (!isIdle())
      await new Promise<void>((resolve) => {
        onIdle = resolve
      })
    server.closeAllConnections()
    await closed
    clearTimeout(limit)
  }
}
