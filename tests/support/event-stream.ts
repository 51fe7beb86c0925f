import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { TurnEvent } from '@agent-identity/contracts'
import { addressOf, type HttpBrowser, NO_ANSWER_MS, NoAnswerError } from './http-browser.ts'
import { PATIENCE_MS } from './patience.ts'
import { hooks, thisTest, WHOLE_FILE } from './this-test.ts'

const open = new Map<EventStream, symbol>()
// An open stream keeps the Jest worker running and the services busy.
hooks.afterEach?.(() => {
  for (const [stream, test] of open) if (test !== WHOLE_FILE) stream.close()
})
hooks.afterAll?.(() => {
  for (const stream of open.keys()) stream.close()
})

type Received = TurnEvent & { id: string }

/** A wait for one ends with an error when the other arrives. */
const INSTEAD_OF: Partial<Record<TurnEvent['event'], TurnEvent['event']>> = {
  authorization_completed: 'authorization_failed',
  authorization_failed: 'authorization_completed',
}

/** The load balancer sends these when a replica does not answer. They are no refusals, so the stream is opened again. */
const FROM_LOAD_BALANCER = new Set([502, 504])

const RECONNECT_MS = 100

/** If the stream breaks before the turn's end, `next` reopens it after the last event received. */
export class EventStream {
  readonly events: Received[] = []
  text = ''
  ended = false
  status = 0
  private failure: Error | undefined
  private readonly wakes = new Set<() => void>()
  private readonly abort = new AbortController()
  private readonly browser: HttpBrowser
  private readonly url: URL
  private readonly via: string | undefined

  private constructor(browser: HttpBrowser, url: URL, via: string | undefined) {
    this.browser = browser
    this.url = url
    this.via = via
  }

  static async open(
    browser: HttpBrowser,
    url: string | URL,
    lastEventId?: string,
    via = browser.connect(new URL(url)),
  ): Promise<EventStream> {
    const stream = new EventStream(browser, new URL(url), via)
    await stream.connect(lastEventId)
    return stream
  }

  private async connect(lastEventId: string | undefined): Promise<void> {
    open.set(this, thisTest())
    const { browser, url } = this
    const headers = {
      host: url.host,
      cookie: await browser.jar.getCookieString(url.href),
      accept: 'text/event-stream',
      ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
    }
    const options = { headers, agent: false, signal: this.abort.signal, ...addressOf(this.via) } as const
    await new Promise<void>((resolve, reject) => {
      let answered = false
      const outgoing = request(url, options, (response) => {
        clearTimeout(unanswered)
        answered = true
        this.status = response.statusCode ?? 0
        this.ended = false
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => this.receive(chunk))
        response.on('close', () => {
          this.ended = true
          open.delete(this)
          this.wake()
        })
        response.on('error', () => {})
        resolve()
      })
      const unanswered = setTimeout(() => outgoing.destroy(new NoAnswerError(url)), NO_ANSWER_MS)
      outgoing.on('error', (error) => {
        clearTimeout(unanswered)
        open.delete(this)
        if (!answered) reject(error)
      })
      outgoing.end()
    })
  }

  /** Waits for the first event of that name that is not among `after`. */
  async next<Name extends TurnEvent['event']>(
    name: Name,
    after: readonly Received[] = [],
  ): Promise<Extract<TurnEvent, { event: Name }>> {
    const deadline = AbortSignal.timeout(PATIENCE_MS)
    for (;;) {
      const news = this.events.filter((event) => !after.includes(event))
      const found = news.find(({ event }) => event === name)
      if (found) return found as Received & Extract<TurnEvent, { event: Name }>
      if (this.failure) throw this.failure
      if (news.some(({ event }) => event === INSTEAD_OF[name])) throw new Error(`Instead of ${name}: ${this.seen()}`)
      if (deadline.aborted) throw new Error(`No ${name} within ${PATIENCE_MS / 1_000} s: ${this.seen()}`)
      if (!this.ended) await this.woken(deadline)
      else if (this.isOver()) throw new Error(`The stream ended without ${name}: ${this.seen()}`)
      else await this.comeBack()
    }
  }

  private isOver(): boolean {
    if (this.abort.signal.aborted || this.events.at(-1)?.event === 'done') return true
    return this.status !== 200 && !FROM_LOAD_BALANCER.has(this.status)
  }

  private async comeBack(): Promise<void> {
    await pause(RECONNECT_MS)
    // A truncated event is sent again as a whole.
    const complete = this.text.lastIndexOf('\n\n')
    this.text = complete < 0 ? '' : this.text.slice(0, complete + 2)
    await this.connect(this.events.at(-1)?.id).catch(() => undefined)
  }

  /** @returns the text, without what a restart has withdrawn */
  async answer(): Promise<string> {
    await this.next('done')
    let valid: Received[] = []
    for (const event of this.events) {
      if (event.event !== 'restarted') valid.push(event)
      else valid = valid.slice(0, valid.findIndex(({ id }) => id === event.data.after) + 1)
    }
    return valid.map((event) => (event.event === 'text' ? event.data.delta : '')).join('')
  }

  async end(): Promise<void> {
    const deadline = AbortSignal.timeout(PATIENCE_MS)
    while (!this.ended) {
      if (this.failure) throw this.failure
      if (deadline.aborted) throw new Error(`Still open after ${PATIENCE_MS / 1_000} s: ${this.seen()}`)
      await this.woken(deadline)
    }
  }

  close(): void {
    this.abort.abort()
  }

  private seen(): string {
    return `${this.status} ${JSON.stringify(this.events)}, and last ${JSON.stringify(this.text.slice(-200))}`
  }

  /** An invalid event fails the waiting calls, and not the process. */
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
