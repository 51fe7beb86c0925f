import { once } from 'node:events'
import { createServer, type Server } from 'node:http'

/** The server's address is known before its handler exists. */
async function startListening(): Promise<{ url: string; server: Server; stop(): Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export const startTwoServers = async () => [await startListening(), await startListening()] as const
