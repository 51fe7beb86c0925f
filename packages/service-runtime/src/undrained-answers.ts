import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** What is pending at a connection: it has drained when the connection has sent so many bytes. */
interface Pending {
  /** How often it was looked at since. */
  looks: number
  upTo: number
}

/**
 * Destroys every connection whose client does not take what was written to it: an answer is kept in memory for as long as
 * somebody does not read it, or reads a byte now and then. One look at all connections every now and then; a request costs nothing.
 * The time is counted in looks: a process that was held up itself, by a busy machine, has not read its clients' signs either.
 */
export function destroyUndrained(server: Server, settings: { drainMs: number; everyMs: number }): void {
  const open = new Set<Socket>()
  const pending = new WeakMap<Socket, Pending>()

  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })

  const look = setInterval(() => {
    for (const socket of open) {
      if (socket.writableLength === 0) {
        pending.delete(socket)
        continue
      }
      const { bytesWritten } = socket
      const known = pending.get(socket)
      // A stream of events goes on while earlier ones leave: what counts is that each leaves in time.
      if (!known || bytesWritten - socket.writableLength >= known.upTo)
        pending.set(socket, { looks: 0, upTo: bytesWritten })
      else if (++known.looks * settings.everyMs >= settings.drainMs) socket.destroy()
    }
  }, settings.everyMs)
  look.unref()
  server.once('close', () => clearInterval(look))
}
