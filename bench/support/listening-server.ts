import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Logs that it listens, in the format of our services. */
export function serve(handler: RequestListener): void {
  const server = createServer({ keepAliveTimeout: 65_000 }, handler)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    console.log(JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` }))
    console.log(JSON.stringify({ msg: 'ready' }))
  })
  process.on('SIGTERM', () => process.exit(0))
}
