import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Output is pending until the connection has sent `upTo` bytes in all. */
interface Pending {
  /** Checks since the output became pending. */
  looks: number
  upTo: number
}

/**
 * Destroys connections whose output stays in memory because the client does not read it. Time is counted in checks: while this process is
 * held up, it neither checks nor writes.
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
      // An event stream adds output meanwhile: each part must drain in time.
      if (!known || bytesWritten - socket.writableLength >= known.upTo)
        pending.set(socket, { looks: 0, upTo: bytesWritten })
      else if (++known.looks * settings.everyMs >= settings.drainMs) socket.destroy()
    }
  }, settings.everyMs)
  look.unref()
  server.once('close', () => clearInterval(look))
}
