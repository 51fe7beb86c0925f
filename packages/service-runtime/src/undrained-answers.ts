import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** What is pending at a connection: it has drained when the connection has sent so many bytes. */
interface Pending {
  /** `performance.now()`. */
  since: number
  upTo: number
}

/**
 * Destroys every connection whose client does not take what was written to it: an answer is kept in memory for as long as
 * somebody does not read it, or reads a byte now and then. One look at all connections every now and then; a request costs nothing.
 */
export function destroyUndrained(server: Server, settings: { drainMs: number; everyMs: number }): void {
  const open = new Set<Socket>()
  const pending = new WeakMap<Socket, Pending>()

  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })

  const look = setInterval(() => {
    const now = performance.now()
    for (const socket of open) {
      if (socket.writableLength === 0) {
        pending.delete(socket)
        continue
      }
      const { bytesWritten } = socket
      const known = pending.get(socket)
      // A stream of events goes on while earlier ones leave: what counts is that each leaves in time.
      if (!known || bytesWritten - socket.writableLength >= known.upTo)
        pending.set(socket, { since: now, upTo: bytesWritten })
      else if (now - known.since >= settings.drainMs) socket.destroy()
    }
  }, settings.everyMs)
  look.unref()
  server.once('close', () => clearInterval(look))
}
