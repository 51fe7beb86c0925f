import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toXml } from './xml.ts'

/** The members of the call's JSON or form, or `{ path }`. */
export type Input = Readonly<Record<string, unknown>>

/** @throws AwsRefusal */
export type Reply = (input: Input) => object

/** By service and operation: `ecs:DescribeServices`. */
export type Replies = Readonly<Record<string, Reply>>

export const inFirst = (list: string, change: object) => (reply: { [list: string]: object[] }) => ({
  ...reply,
  [list]: (reply[list] ?? []).map((item, index) => (index === 0 ? { ...item, ...change } : item)),
})

export class AwsRefusal extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

export const notFound = () => {
  throw new AwsRefusal('ResourceNotFoundException', 'no such thing')
}

export interface AwsStub {
  url: string
  calls: string[]
  close(): Promise<void>
}

/** Speaks AWS's wire protocols, and checks no signatures. */
export async function startAwsStub(replies: Replies): Promise<AwsStub> {
  const calls: string[] = []
  const server = createServer((request, response) => {
    read(request).then((body) => answer({ request, response, body, replies, calls }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const BY_PATH: readonly (readonly [RegExp, string])[] = [
  [/^\/foundation-model-availability\//, 'GetFoundationModelAvailability'],
  [/^\/inference-profiles\//, 'GetInferenceProfile'],
]

type Protocol = 'json' | 'query' | 'rest-json'

function answer(call: {
  request: IncomingMessage
  response: ServerResponse
  body: string
  replies: Replies
  calls: string[]
}): void {
  const { request, response, body, replies, calls } = call
  const { operation, input, protocol } = parse(request, body)
  calls.push(operation)
  try {
    const reply = replies[operation]
    if (!reply) throw new AwsRefusal('AccessDeniedException', `Not stubbed: ${operation}`)
    send(response, protocol, operation, reply(input))
  } catch (error) {
    if (error instanceof AwsRefusal) refuse(response, protocol, error)
    else response.destroy(error as Error)
  }
}

function parse(request: IncomingMessage, body: string): { operation: string; input: Input; protocol: Protocol } {
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1]
  const target = request.headers['x-amz-target']
  if (typeof target === 'string')
    return { operation: `${service}:${target.split('.').pop()}`, input: JSON.parse(body) as Input, protocol: 'json' }
  const form = new URLSearchParams(body)
  const action = form.get('Action')
  if (action) return { operation: `${service}:${action}`, input: Object.fromEntries(form), protocol: 'query' }
  const path = decodeURIComponent(request.url ?? '')
  const name = BY_PATH.find(([pattern]) => pattern.test(path))?.[1] ?? path
  return { operation: `${service}:${name}`, input: { path }, protocol: 'rest-json' }
}

function send(response: ServerResponse, protocol: Protocol, operation: string, reply: object): void {
  const name = operation.split(':')[1]
  if (protocol === 'query')
    return void xml(response, 200, {
      [`${name}Response`]: { [`${name}Result`]: reply, ResponseMetadata: { RequestId: 'r' } },
    })
  json(response, protocol, 200, reply)
}

function refuse(response: ServerResponse, protocol: Protocol, { code, message, status }: AwsRefusal): void {
  if (protocol === 'query')
    return void xml(response, status, {
      ErrorResponse: { Error: { Type: 'Sender', Code: code, Message: message }, RequestId: 'r' },
    })
  response.setHeader('x-amzn-errortype', code)
  json(response, protocol, status, { __type: code, message })
}

function xml(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(`<?xml version="1.0"?>${toXml(content)}`)
}

function json(response: ServerResponse, protocol: Protocol, status: number, content: object): void {
  const type = protocol === 'json' ? 'application/x-amz-json-1.1' : 'application/json'
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(content))
}
