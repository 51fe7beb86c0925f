import { Readable } from 'node:stream'
import * as data from '@aws-sdk/client-bedrock-agentcore'
import * as control from '@aws-sdk/client-bedrock-agentcore-control'

export interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
  sdk?: { output?: Record<string, unknown>; error?: { name: string; message: string } }
}

type Command = new (input: object) => object
type HttpResponse = { statusCode: number; headers: Record<string, string>; body: Readable }
type Handler = { handle(...parameters: unknown[]): Promise<{ response: HttpResponse }> }
type Client = { send(command: object): Promise<Record<string, unknown>>; config: { requestHandler: Handler } }

/** The answer is recorded before the SDK parses it. */
export async function callOperation(configuration: object, operation: string, input: object): Promise<Answer> {
  const name = `${operation}Command`
  const isData = name in data
  const Command = ((isData ? data : control) as unknown as Record<string, Command | undefined>)[name]
  if (Command === undefined) throw new Error(`Neither SDK has the operation ${operation}`)
  const once = { ...configuration, maxAttempts: 1 }
  const client = (isData
    ? new data.BedrockAgentCoreClient(once)
    : new control.BedrockAgentCoreControlClient(once)) as unknown as Client & { destroy(): void }
  const wire = keepAnswer(client.config.requestHandler)
  try {
    const { $metadata: _, ...output } = await client.send(new Command(input))
    return { ...wire(), sdk: { output } }
  } catch (error) {
    const { name, message } = error as Error
    return { ...wire(), sdk: { error: { name, message } } }
  } finally {
    client.destroy()
  }
}

function keepAnswer(handler: Handler): () => Answer {
  let kept: Answer | undefined
  const handle = handler.handle.bind(handler)
  handler.handle = async (...parameters) => {
    const { response } = await handle(...parameters)
    const chunks: Buffer[] = []
    for await (const chunk of response.body) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    kept = { status: response.statusCode, headers: response.headers, body: body.toString('utf8') }
    return { response: Object.assign(response, { body: Readable.from(chunks, { objectMode: false }) }) }
  }
  return () => {
    if (kept === undefined) throw new Error('There was no answer')
    return kept
  }
}
