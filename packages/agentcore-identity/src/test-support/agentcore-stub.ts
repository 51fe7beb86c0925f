import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StubbedCall {
  path: string
  body: Record<string, unknown>
  signedFor: string | undefined
}

export type StubbedReply =
  | { status: number; json?: unknown; headers?: Record<string, string> }
  | { status: number; html: string }
  /** The connection is cut after the request was read. */
  | 'reset'
  | 'silence'
  /** Headers and half a body. */
  | 'half'
  /** In pieces, for `arrivesFor` milliseconds. */
  | { status: number; arrivesFor: number }
  /** `truncated`: shorter than its Content-Length. */
  | { status: number; body: 'endless' | 'truncated' | 'not-chunked' }

export async function startAgentCoreStub() {
  const calls: StubbedCall[] = []
  let replies: StubbedReply[] = []
  let connections = 0
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      calls.push({
        path: request.url ?? '',
        body,
        signedFor: /Credential=[^/]+\/\d+\/([^,]+),/.exec(request.headers.authorization ?? '')?.[1],
      })
      const reply = replies.length > 1 ? replies.shift() : replies[0]
      send(response, reply ?? { status: 500 })
    })
  })
  server.keepAliveTimeout = 60_000
  let newest: Promise<void> | undefined
  server.on('connection', (socket) => {
    connections++
    newest = new Promise((resolve) => socket.once('close', () => resolve()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    settings: {
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'not-a-secret' },
      timeoutMs: 400,
    },
    calls,
    connections: () => connections,
    newestHasClosed: () => newest,
    /** The last reply is repeated. The calls until now are forgotten. */
    answerWith(...next: StubbedReply[]) {
      replies = next
      calls.length = 0
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** In the format of restJson1. */
export const awsError = (status: number, type: string, message = 'SENSITIVE words of AWS'): StubbedReply => ({
  status,
  json: { message },
  headers: { 'x-amzn-errortype': type, 'x-amzn-requestid': `id-of-${type}` },
})

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Record<string, unknown>
}

function send(response: ServerResponse, reply: StubbedReply): void {
  if (reply === 'reset') return void response.destroy()
  if (reply === 'silence') return
  if (reply === 'half') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    return void response.write('{"accessToken":')
  }
  if ('arrivesFor' in reply) return void sendInPieces(response, reply)
  if ('body' in reply) return void sendUnreadable(response, reply)
  if ('html' in reply) {
    return void response.writeHead(reply.status, { 'content-type': 'text/html' }).end(reply.html)
  }
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'x-amzn-requestid': 'id-of-the-reply',
    ...reply.headers,
  })
  response.end(JSON.stringify(reply.json ?? {}))
}

function sendInPieces(response: ServerResponse, { status, arrivesFor }: { status: number; arrivesFor: number }): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  const pieces = setInterval(() => response.write(' '), arrivesFor / 10)
  const end = setTimeout(() => response.end('{}'), arrivesFor)
  response.once('close', () => {
    clearInterval(pieces)
    clearTimeout(end)
  })
}

function sendUnreadable(response: ServerResponse, { status, body }: { status: number; body: string }): void {
  const headers = { 'content-type': 'text/html' }
  if (body === 'truncated') {
    response.writeHead(status, { ...headers, 'content-length': '100' })
    response.write('<html>', () => response.destroy())
  } else if (body === 'not-chunked') {
    response.socket?.end(`HTTP/1.1 ${status} -\r\ntransfer-encoding: chunked\r\n\r\n<html>`)
  } else {
    response.writeHead(status, headers)
    const more = () => response.write('x'.repeat(65_536), (error) => error || more())
    more()
  }
}
