import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LocalServer {
  port: number
  close(): Promise<void>
}

/** Port 0: a free one. */
export async function listenOnLoopback(
  handler: RequestListener,
  port: number,
  host = '127.0.0.1',
): Promise<LocalServer> {
  // Long, because a request that arrives while the server closes an idle connection would be reset.
  const server = createServer({ keepAliveTimeout: 65_000 }, handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  return { port: (server.address() as AddressInfo).port, close: () => close(server) }
}

/** An open stream would keep the server open. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Listens on both addresses that `localhost` may resolve to; without IPv6, on one. */
export async function listenOnLocalhost(handler: RequestListener, port: number): Promise<LocalServer> {
  const v4 = await listenOnLoopback(handler, port)
  const v6 = await listenOnLoopback(handler, v4.port, '::1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return undefined
    return v4.close().then(() => Promise.reject(error))
  })
  return { port: v4.port, close: async () => void (await Promise.all([v4.close(), v6?.close()])) }
}
