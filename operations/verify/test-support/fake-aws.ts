import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Input = Record<string, unknown>
export type Operations = Readonly<Record<string, (input: Input) => object>>

export class Refusal extends Error {
  constructor(name: string) {
    super(name)
    this.name = name
  }
}

/** The operation was carried out, but the connection breaks before the reply. */
export class LostReply extends Error {}

export async function startFakeAws(operations: Operations) {
  const calls: { operation: string; input: Input }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const input = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Input
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? ''
    calls.push({ operation, input })
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
    try {
      const answer = operations[operation]
      if (!answer) throw new Refusal('UnknownOperationException')
      send(200, answer(input))
    } catch (error) {
      if (error instanceof LostReply) return void request.socket.destroy()
      send(400, { __type: (error as Error).name, message: 'refused' })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    calls,
    inputsOf: (operation: string) => calls.filter((call) => call.operation === operation).map(({ input }) => input),
    configuration: {
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
      maxAttempts: 1,
    },
    close() {
      server.closeAllConnections()
      return new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

export type FakeAws = Awaited<ReturnType<typeof startFakeAws>>
