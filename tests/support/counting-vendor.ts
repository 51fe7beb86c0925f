import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Opening an issue takes this long, so that simultaneous calls overlap. */
const LATENCY_MS = 10

/** The part of GitHub that opens issues: it accepts any token and counts. */
export class CountingVendor {
  url = ''
  readonly titles: string[] = []
  atOnce = 0
  #underWay = 0
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#server.unref()
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
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
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS))
    }
    this.#underWay--
    response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(request.method === 'POST' ? { number: this.titles.length } : { login: 'somebody' }))
  }
}
