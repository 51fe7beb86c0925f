import type { BedrockAgentCoreClient } from '@aws-sdk/client-bedrock-agentcore'
import type { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control'
import { SignatureV4 } from '@smithy/signature-v4'

type Client = BedrockAgentCoreClient | BedrockAgentCoreControlClient

interface HttpRequest {
  method: string
  protocol: string
  hostname: string
  port?: number
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body?: unknown
}
type Change = (request: HttpRequest) => HttpRequest | Promise<HttpRequest>
interface Sendable {
  middlewareStack: { add(middleware: unknown, options: object): void }
}

/** Replaces the body before the request is signed: the SDK's serializer would not write such a body. */
export const sendRaw = (client: Client, command: object, body: string) =>
  send(client, command, (request) => ({ ...request, body }), { step: 'build', priority: 'high' })

export const sendUnsigned = (client: Client, command: object) => send(client, command, withoutSignature, LAST)

export const sendPresigned = (client: Client, command: object) =>
  send(
    client,
    command,
    async (request) => {
      const { credentials, region, sha256 } = client.config
      const signer = new SignatureV4({ service: 'bedrock-agentcore', credentials, region, sha256 })
      return (await signer.presign(withoutSignature(request), { expiresIn: 60 })) as HttpRequest
    },
    LAST,
  )

/** The step after the SDK has signed the request. */
const LAST = { step: 'deserialize', priority: 'low' }

function withoutSignature(request: HttpRequest): HttpRequest {
  const headers = Object.entries(request.headers).filter(([name]) => !/^(authorization|x-amz-date)$/i.test(name))
  return { ...request, headers: Object.fromEntries(headers) }
}

function send(client: Client, command: object, change: Change, at: object): Promise<object> {
  const sendable = command as Sendable
  sendable.middlewareStack.add(
    (next: (args: unknown) => unknown) => async (args: { request: HttpRequest }) => {
      // The changes go into the SDK's own object: the copy lacks its prototype.
      Object.assign(args.request, await change({ ...args.request }))
      return next(args)
    },
    { ...at, name: 'anotherRequest' },
  )
  return (client as { send(command: object): Promise<object> }).send(sendable)
}
