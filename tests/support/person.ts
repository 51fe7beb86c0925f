import { EventStream } from './event-stream.ts'
import { type Answer, HttpBrowser } from './http-browser.ts'
import type { Stack } from './stack.ts'

interface Asked {
  conversationId: string
  turnId: string
  eventsUrl: string
}

/** Somebody with a browser, who knows what interfaces.md says and nothing else. */
export class Person {
  readonly browser = new HttpBrowser()
  readonly stack: Stack
  readonly username: string
  readonly password: string

  constructor(stack: Stack, user: { username: string; password: string }) {
    this.stack = stack
    this.username = user.username
    this.password = user.password
  }

  async signIn(path = '/'): Promise<Answer> {
    const form = await this.browser.navigate(new URL(path, this.stack.app))
    return this.browser.submit(form, { username: this.username, password: this.password })
  }

  async ask(message: string, conversationId?: string): Promise<Asked & { stream: EventStream }> {
    const answer = await this.postTurn({ message, ...(conversationId ? { conversationId } : {}) })
    if (answer.status !== 202) throw new Error(`${answer.status} ${answer.body}`)
    const asked = JSON.parse(answer.body) as Asked
    return { ...asked, stream: await this.stream(asked.eventsUrl) }
  }

  postTurn(json: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.api('/api/turns', { method: 'POST', json, headers })
  }

  stream(eventsUrl: string, lastEventId?: string): Promise<EventStream> {
    return EventStream.open(this.browser, new URL(eventsUrl, this.stack.app), lastEventId)
  }

  api(path: string, options: Parameters<HttpBrowser['api']>[1] = {}): Promise<Answer> {
    return this.browser.api(new URL(path, this.stack.app), options)
  }

  /** Opens the start link as a click on our own page does. @returns the vendor's consent page. */
  async start(startUrl: string): Promise<Answer> {
    const page = await this.browser.navigate(new URL(startUrl, this.stack.app), { from: new URL(this.stack.app) })
    // The vendor asks who is there, once per browser.
    return page.body.includes('type="password"') && page.url.origin !== new URL(this.stack.app).origin
      ? this.browser.submit(page, { username: this.username, password: this.password })
      : page
  }

  /** Decides at the vendor and follows the browser home. @param until stops it at the door of an address. */
  decide(consentPage: Answer, decision: 'authorize' | 'deny', until?: (url: URL) => boolean): Promise<Answer> {
    return this.browser.submit(consentPage, { decision }, until ? { until } : {})
  }

  async consent(startUrl: string): Promise<Answer> {
    return this.decide(await this.start(startUrl), 'authorize')
  }

  /** Goes through the whole consent but stops before our return URL is visited. @returns that URL. */
  async consentUpToReturn(startUrl: string): Promise<URL> {
    const answer = await this.decide(
      await this.start(startUrl),
      'authorize',
      (url) => url.pathname === '/oauth2/session-binding',
    )
    if (answer.url.pathname !== '/oauth2/session-binding')
      throw new Error(`Ended at ${answer.url} with ${answer.status}`)
    return answer.url
  }

  /** Opens an address as the last hop of a chain of redirects from another site. */
  return(url: URL): Promise<Answer> {
    return this.browser.navigate(url, { from: new URL(this.stack.agentcoreIdentity) })
  }
}

export const outcomeOf = (answer: Answer): string =>
  /<main[^>]*data-outcome="([^"]*)"/.exec(answer.body)?.[1] ?? `none (${answer.status})`
