import { request } from 'node:http'
import { TurnEvent } from '@agent-identity/contracts'
import { addressOf, type HttpBrowser, NO_ANSWER_MS, NoAnswerError } from './http-browser.ts'
import { hooks, thisTest, WHOLE_FILE } from './this-test.ts'

/** Those that are open, by the test that has opened them. */
const open = new Map<EventStream, symbol>()
// A worker could not end before its streams do, and each keeps the services busy meanwhile.
hooks.afterEach?.(() => {
  for (const [stream, test] of open) if (test !== WHOLE_FILE) stream.close()
})
hooks.afterAll?.(() => {
  for (const stream of open.keys()) stream.close()
})

type Received = TurnEvent & { id: string }

/** Who waits for the one has waited long enough when the other comes. */
const INSTEAD_OF: Partial<Record<TurnEvent['event'], TurnEvent['event']>> = {
  authorization_completed: 'authorization_failed',
  authorization_failed: 'authorization_completed',
}

/** Reads a turn's events as they come; every one is checked against the contract. */
export class EventStream {
  readonly events: Received[] = []
  /** The raw text, for scans. */
  text = ''
  ended = false
  status = 0
  private failure: Error | undefined
  private readonly wakes = new Set<() => void>()
  private readonly abort = new AbortController()

  static async open(
    browser: HttpBrowser,
    url: string | URL,
    lastEventId?: string,
    via = browser.connect(new URL(url)),
  ): Promise<EventStream> {
    const stream = new EventStream()
    open.set(stream, thisTest())
    const cookie = await browser.jar.getCookieString(new URL(url).href)
    await new Promise<void>((resolve, reject) => {
      const { host } = new URL(url)
      const headers = {
        host,
        cookie,
        accept: 'text/event-stream',
        ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
      }
      const options = { headers, agent: false, signal: stream.abort.signal, ...addressOf(via) } as const
      const outgoing = request(url, options, (response) => {
        clearTimeout(unanswered)
        stream.status = response.statusCode ?? 0
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => stream.receive(chunk))
        response.on('close', () => {
          stream.ended = true
          open.delete(stream)
          stream.wake()
        })
        response.on('error', () => {})
        resolve()
      })
      const unanswered = setTimeout(() => outgoing.destroy(new NoAnswerError(new URL(url))), NO_ANSWER_MS)
      outgoing.on('error', (error) => {
        clearTimeout(unanswered)
        open.delete(stream)
        if (!stream.status) reject(error)
      })
      outgoing.end()
    })
    return stream
  }

  /** The first event of that name that is not among `after`; waits for it. */
  async next<Name extends TurnEvent['event']>(
    name: Name,
    after: readonly Received[] = [],
  ): Promise<Extract<TurnEvent, { event: Name }>> {
    const deadline = AbortSignal.timeout(20_000)
    for (;;) {
      const news = this.events.filter((event) => !after.includes(event))
      const found = news.find(({ event }) => event === name)
      if (found) return found as Received & Extract<TurnEvent, { event: Name }>
      if (this.failure) throw this.failure
      if (this.ended) throw new Error(`The stream ended without ${name}: ${this.seen()}`)
      if (news.some(({ event }) => event === INSTEAD_OF[name])) throw new Error(`Instead of ${name}: ${this.seen()}`)
      if (deadline.aborted) throw new Error(`No ${name} within 20 s: ${this.seen()}`)
      await this.woken(deadline)
    }
  }

  /** Waits for the end and gives the whole answer. */
  async answer(): Promise<string> {
    await this.next('done')
    let valid: Received[] = []
    for (const event of this.events) {
      if (event.event !== 'restarted') valid.push(event)
      else valid = valid.slice(0, valid.findIndex(({ id }) => id === event.data.after) + 1)
    }
    return valid.map((event) => (event.event === 'text' ? event.data.delta : '')).join('')
  }

  /** Resolves when the server has ended it. */
  async end(): Promise<void> {
    const deadline = AbortSignal.timeout(20_000)
    while (!this.ended) {
      if (this.failure) throw this.failure
      if (deadline.aborted) throw new Error(`Still open after 20 s: ${this.seen()}`)
      await this.woken(deadline)
    }
  }

  close(): void {
    this.abort.abort()
  }

  private seen(): string {
    return `${this.status} ${JSON.stringify(this.events)}, and last ${JSON.stringify(this.text.slice(-200))}`
  }

  /** An event that is not of the contract fails whoever waits, and not the process. */
  private receive(chunk: string): void {
    try {
      this.take(chunk)
    } catch (cause) {
      this.failure = new Error(`No event of a turn: ${this.seen()}`, { cause })
      this.wake()
    }
  }

  private take(chunk: string): void {
    this.text += chunk
    const blocks = this.text.split('\n\n')
    const complete = blocks.slice(0, -1).filter((block) => block.includes('event:'))
    for (const block of complete.slice(this.events.length)) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      this.events.push({
        ...TurnEvent.parse({ event: field('event'), data: JSON.parse(field('data')) }),
        id: field('id'),
      })
    }
    this.wake()
  }

  private woken(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.wakes.delete(wake)
        deadline.removeEventListener('abort', wake)
        resolve()
      }
      this.wakes.add(wake)
      deadline.addEventListener('abort', wake)
    })
  }

  private wake(): void {
    for (const wake of this.wakes) wake()
  }
}
