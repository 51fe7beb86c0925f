import { once } from 'node:events'
import { createServer } from 'node:http'

export interface OtherSite {
  origin: string
  /** Paths with their queries, in order. */
  visits: string[]
  close(): Promise<void>
}

/** For a browser `127.0.0.1` is another site than the app's `localhost`. `localhost` on another port is the same site but another origin. */
export async function startOtherSite(
  host: '127.0.0.1' | 'localhost',
  pages: Readonly<Record<string, string>>,
): Promise<OtherSite> {
  const visits: string[] = []
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '/'
    visits.push(request.url ?? '/')
    const page = pages[path]
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(page ?? '')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A failing test must not keep the process running.
  server.unref()
  return {
    origin: `http://${host}:${(server.address() as { port: number }).port}`,
    visits,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
