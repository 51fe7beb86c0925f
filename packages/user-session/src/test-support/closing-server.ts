import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Closes every connection at once. A port without a listener would do the same only until another process gets it. */
export async function startClosingServer() {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => once(server.close(), 'close'),
  }
}
