import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Call {
  operation: string
  parameters: Record<string, unknown>
}

/** `xml` with the query protocol, `document` with those of EC2 and Route 53, `code` and `message` for errors; `json` otherwise, errors included. */
export interface Reply {
  status?: number
  code?: string
  message?: string
  xml?: string
  document?: string
  json?: object
}

/** Stands in for AWS, for commands in another process. */
export async function startFakeAws(answer: (call: Call) => Reply | undefined) {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const call = read(request, await text(request))
    calls.push(call)
    write(response, call, answer(call) ?? { status: 400, code: 'AccessDenied', message: 'not played' })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    calls,
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_MAX_ATTEMPTS: '1',
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const BY_PATH: readonly (readonly [RegExp, string])[] = [
  [/^\/foundation-model-availability\/(.+)$/, 'GetFoundationModelAvailability'],
  [/^\/inference-profiles\/(.+)$/, 'GetInferenceProfile'],
  [/^\/2013-04-01\/hostedzone\/(.+)$/, 'GetHostedZone'],
]

function read({ headers, url = '' }: IncomingMessage, body: string): Call {
  const target = headers['x-amz-target']
  if (target) return { operation: String(target).split('.').at(-1) ?? '', parameters: JSON.parse(body) }
  for (const [pattern, operation] of BY_PATH) {
    const id = pattern.exec(url)?.[1]
    if (id) return { operation, parameters: { id: decodeURIComponent(id) } }
  }
  const { Action = '', ...parameters } = Object.fromEntries(new URLSearchParams(body))
  return { operation: Action, parameters }
}

function write(response: ServerResponse, { operation }: Call, reply: Reply): void {
  const { status = reply.code ? 400 : 200, code, message = '', xml, document, json } = reply
  if (document) response.writeHead(status, { 'content-type': 'text/xml' }).end(document)
  else if (json) response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(json))
  else {
    const error = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
    const body = `<${operation}Response><${operation}Result>${xml ?? ''}</${operation}Result></${operation}Response>`
    response.writeHead(status, { 'content-type': 'text/xml' }).end(code ? error : body)
  }
}
