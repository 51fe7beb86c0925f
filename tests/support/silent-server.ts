import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** `asked` resolves at the first request. */
export async function startSilentServer() {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const server = createServer(() => resolve()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
