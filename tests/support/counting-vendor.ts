import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How long it takes over an issue: calls that are made at the same time are seen at the same time. */
const LATENCY_MS = 10

/** As much of GitHub as it takes to open issues, which takes any token and keeps count. */
export class CountingVendor {
  url = ''
  /** In the order in which they were opened. */
  readonly titles: string[] = []
  /** The most that were being opened at a time. */
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
