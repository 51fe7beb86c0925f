import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

interface Reply {
  text?: string
  calls?: { name: string; input: object }[]
}

/** An OpenAI-compatible endpoint that records its input: a model cannot reveal what it has not received. */
export class HostileModel {
  url = ''
  /** Headers and body of each request. */
  readonly seen: string[] = []
  /** The answer to a request, by its last message and its body. */
  reply: (last: { role: string; content: string }, request: string) => Reply | Promise<Reply> = () => ({ text: 'Yes.' })
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#server.unref()
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
    return this
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  get variables(): Record<string, string> {
    const { url } = this
    return {
      MODEL_PROVIDER: 'openai',
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: 'a-model-key',
      OPENAI_MODEL: 'hostile',
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    this.seen.push(`${JSON.stringify(request.headers)}\n${body}`)
    const { messages } = JSON.parse(body) as { messages: { role: string; content: unknown }[] }
    const last = messages.at(-1)
    const content = typeof last?.content === 'string' ? last.content : JSON.stringify(last?.content)
    const { text, calls = [] } = await this.reply({ role: last?.role ?? '', content }, body)

    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const send = (delta: object, finish: string | null = null) =>
      response.write(`data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`)
    send({ role: 'assistant' })
    if (text !== undefined) send({ content: text })
    for (const [index, { name, input }] of calls.entries()) {
      const id = `call-${this.seen.length}-${index}`
      send({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: JSON.stringify(input) } }] })
    }
    send({}, calls.length > 0 ? 'tool_calls' : 'stop')
    response.end('data: [DONE]\n\n')
  }
}
