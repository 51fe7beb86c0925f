import type { Server, ServerResponse } from 'node:http'

/** Waits at most `longestCallMs` for the calls in progress, also of disconnected callers: the token of a used code must be kept. */
export function createDrain(server: Server, { longestCallMs }: { longestCallMs: number }) {
  const open = new Set<ServerResponse>()
  const underWay = new Set<Promise<unknown>>()
  let onIdle = () => {}
  const isIdle = () => open.size === 0 && underWay.size === 0
  // The answer is counted before the application can complete it.
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
    /** `work` must not reject. */
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
      // An event stream: other answers are written in one piece.
      if (response.headersSent && !response.writableEnded) response.end()
    }
    // A request whose body never arrives gets no answer.
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
