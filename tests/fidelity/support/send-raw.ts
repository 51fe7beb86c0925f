import type { BedrockAgentCoreClient } from '@aws-sdk/client-bedrock-agentcore'
import type { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control'

type Client = BedrockAgentCoreClient | BedrockAgentCoreControlClient
type Sendable = { middlewareStack: { add(middleware: unknown, options: object): void } }

/** The SDK's own command with another body, signed as it goes: what the SDK's serializer would never write. */
export function sendRaw(client: Client, command: object, body: string) {
  const sendable = command as Sendable
  sendable.middlewareStack.add(
    (next: (args: unknown) => unknown) => (args: { request: { body: string } }) => {
      args.request.body = body
      return next(args)
    },
    { step: 'build', priority: 'high', name: 'replaceBody' },
  )
  return (client as { send(command: object): Promise<object> }).send(sendable)
}
