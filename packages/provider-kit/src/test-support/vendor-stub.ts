import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface VendorCall {
  method: string
  path: string
  query: URLSearchParams
  authorization: string | undefined
  body: unknown
}

export type VendorReply =
  | { status?: number; json?: unknown; headers?: Record<string, string> }
  | { html: string }
  | { text: string }
  | 'silence'

export async function startVendorStub() {
  const calls: VendorCall[] = []
  let routes: Record<string, VendorReply | ((call: VendorCall) => VendorReply)> = {}
  // Long, because a request that arrives while the server closes an idle connection would be reset.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    void read(request).then((call) => {
      calls.push(call)
      const reply = routes[`${call.method} ${call.path}`] ?? { status: 404, json: { message: 'Not Found' } }
      send(response, typeof reply === 'function' ? reply(call) : reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    answer(next: typeof routes) {
      routes = next
      calls.length = 0
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function read(request: IncomingMessage): Promise<VendorCall> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const url = new URL(request.url ?? '/', 'http://stub')
  const text = Buffer.concat(chunks).toString('utf8')
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    authorization: request.headers.authorization,
    body: text === '' ? undefined : JSON.parse(text),
  }
}

function send(response: ServerResponse, reply: VendorReply): void {
  if (reply === 'silence') return
  if ('html' in reply) return void response.writeHead(200, { 'content-type': 'text/html' }).end(reply.html)
  if ('text' in reply) return void response.writeHead(200, { 'content-type': 'application/json' }).end(reply.text)
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
  response.end(JSON.stringify(reply.json ?? {}))
}
