import type { Server, ServerResponse } from 'node:http'

/**
 * Closes a server gracefully: a call in progress is executed and answered, then its connection is closed. Cutting it off would lose the
 * reply of an exchange that happened. Event streams end at once. A call whose caller has disconnected is also executed: its code may
 * be used up at the vendor, and the resulting token belongs in the state that is kept.
 */
export function createDrain(server: Server, { longestCallMs }: { longestCallMs: number }) {
  const open = new Set<ServerResponse>()
  const underWay = new Set<Promise<unknown>>()
  let onIdle = () => {}
  const isIdle = () => open.size === 0 && underWay.size === 0
  // Registered before the application's listener, whose answer may be complete when it returns.
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
    /** A call to wait for, even after its caller has disconnected. It must not reject. */
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
      // An answer is written in one piece: one that has begun and not ended is a stream.
      if (response.headersSent && !response.writableEnded) response.end()
    }
    // A request whose body never arrives gets no answer, so it is not awaited.
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
