import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Closes every connection immediately. It keeps its port: another process could get a port without a listener. */
export async function startClosingServer() {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => once(server.close(), 'close'),
  }
}
