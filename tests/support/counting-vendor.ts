import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const LATENCY_MS = 10
/** Longer than a busy machine needs to send a second call. */
const LONGEST_HOLD_MS = 25_000

/** Accepts any token, and counts the issues that it opens. */
export class CountingVendor {
  url = ''
  readonly titles: string[] = []
  atOnce = 0
  #underWay = 0
  #two: PromiseWithResolvers<void> | undefined
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#server.unref()
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  /** From now on a change is answered once a change has arrived during another request, or after `LONGEST_HOLD_MS`. */
  holdUntilTwo(): void {
    this.#two = Promise.withResolvers()
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.atOnce = Math.max(this.atOnce, ++this.#underWay)
    let body = ''
    for await (const chunk of request) body += chunk
    if (request.method === 'POST') {
      this.titles.push((JSON.parse(body) as { title: string }).title)
      if (this.#underWay > 1) this.#two?.resolve()
      if (this.#two)
        await Promise.race([this.#two.promise, new Promise((resolve) => setTimeout(resolve, LONGEST_HOLD_MS).unref())])
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS))
    }
    this.#underWay--
    response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(request.method === 'POST' ? { number: this.titles.length } : { id: 1, login: 'somebody' }),
    )
  }
}
