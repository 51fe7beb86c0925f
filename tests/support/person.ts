import { ListedConnection } from '@agent-identity/contracts'
import { subjectOf } from '@agent-identity/stand-in-kit/people'
import { EventStream } from './event-stream.ts'
import { type Answer, HttpBrowser } from './http-browser.ts'
import { actsInThisTest } from './people-of-this-test.ts'
import type { Stack } from './stack-shape.ts'

interface Asked {
  conversationId: string
  turnId: string
  eventsUrl: string
}

export class Person {
  readonly browser = new HttpBrowser()
  readonly stack: Stack
  readonly username: string
  readonly password: string
  /** The user's subject at the issuer, and at the vendors. */
  readonly subject: string

  constructor(stack: Stack, user: { username: string; password: string }) {
    this.stack = stack
    this.username = user.username
    this.password = user.password
    this.subject = subjectOf(user.username)
    actsInThisTest(stack, user.username)
  }

  async signIn(path = '/'): Promise<Answer> {
    const page = await this.browser.navigate(new URL(path, this.stack.app))
    // An issuer that recognizes the browser does not ask.
    return asksForPassword(page)
      ? this.browser.submit(page, { username: this.username, password: this.password })
      : page
  }

  signOut(via?: string): Promise<Answer> {
    return this.api('/auth/sign-out', { method: 'POST', via })
  }

  async ask(message: string, conversationId?: string): Promise<Asked & { stream: EventStream }> {
    const answer = await this.postTurn({ message, ...(conversationId ? { conversationId } : {}) })
    if (answer.status !== 202) throw new Error(`${answer.status} ${answer.body}`)
    const asked = JSON.parse(answer.body) as Asked
    return { ...asked, stream: await this.stream(asked.eventsUrl) }
  }

  async askConsenting(message: string, conversationId?: string): Promise<Asked & { stream: EventStream }> {
    const asked = await this.ask(message, conversationId)
    await this.connect((await asked.stream.next('authorization_required')).data.startUrl)
    return asked
  }

  postTurn(json: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.api('/api/turns', { method: 'POST', json, headers })
  }

  stream(eventsUrl: string, lastEventId?: string, via?: string): Promise<EventStream> {
    return EventStream.open(this.browser, new URL(eventsUrl, this.stack.app), lastEventId, via)
  }

  api(path: string, options: Parameters<HttpBrowser['api']>[1] = {}): Promise<Answer> {
    return this.browser.api(new URL(path, this.stack.app), options)
  }

  async connections(provider: string): Promise<ListedConnection[]> {
    const rows = ListedConnection.array().parse(JSON.parse((await this.api('/api/connections')).body))
    return rows.filter((row) => row.provider === provider)
  }

  /** Like a click on our own page. Signs in if the vendor asks. */
  async start(startUrl: string, until?: (url: URL) => boolean): Promise<Answer> {
    const stop = until ? { until } : {}
    const from = new URL(this.stack.app)
    let page = await this.browser.navigate(new URL(startUrl, this.stack.app), { from, ...stop })
    // The page about a consent request has a link to go on.
    const [, confirmed] = page.body.match(/<a class="button" href="([^"]*\/start\?confirmed=yes)">/) ?? []
    if (page.status === 200 && confirmed !== undefined)
      page = await this.browser.navigate(new URL(confirmed, from), { from, ...stop })
    return this.signInAtVendor(page, stop)
  }

  async goOnInstead(page: Answer, until?: (url: URL) => boolean): Promise<Answer> {
    const stop = until ? { until } : {}
    return this.signInAtVendor(await this.browser.submit(page, {}, stop), stop)
  }

  private async signInAtVendor(page: Answer, stop: { until?: (url: URL) => boolean }): Promise<Answer> {
    return asksForPassword(page) && page.url.origin !== new URL(this.stack.app).origin
      ? this.browser.submit(page, { username: this.username, password: this.password }, stop)
      : page
  }

  /** @param until stops before a redirect to an address for which it holds */
  decide(consentPage: Answer, decision: 'authorize' | 'deny', until?: (url: URL) => boolean): Promise<Answer> {
    return this.browser.submit(consentPage, { decision }, until ? { until } : {})
  }

  async consent(startUrl: string): Promise<Answer> {
    const page = await this.start(startUrl)
    // A vendor may remember an earlier consent, and not ask.
    return isReturn(page.url) ? page : this.decide(page, 'authorize')
  }

  /** Throws if the consent does not end as `bound`: later waits would only time out. */
  async connect(startUrl: string): Promise<void> {
    const page = await this.consent(startUrl)
    const outcome = outcomeOf(page)
    if (outcome !== 'bound') throw new Error(`The consent ended at ${page.url.pathname} with ${page.status} ${outcome}`)
  }

  /** Sets aside another open consent. @returns the return URL, not visited */
  async consentUpToReturn(startUrl: string): Promise<URL> {
    let page = await this.start(startUrl, isReturn)
    if (page.status === 409) page = await this.goOnInstead(page, isReturn)
    // On a page of ours, submitting a form would hide what went wrong.
    if (!isReturn(page.url) && page.url.origin === new URL(this.stack.app).origin)
      throw new Error(`The start ended at ${page.url} with ${page.status}: ${page.body.match(/<h1[^>]*>([^<]*)/)?.[1]}`)
    const answer = isReturn(page.url) ? page : await this.decide(page, 'authorize', isReturn)
    if (!isReturn(answer.url)) throw new Error(`Ended at ${answer.url} with ${answer.status}`)
    return answer.url
  }

  /** As the last hop of a redirect chain from another site. */
  return(url: URL): Promise<Answer> {
    return this.browser.navigate(url, { from: new URL(this.stack.agentcoreIdentity) })
  }
}

const asksForPassword = (page: Answer) => page.body.includes('type="password"')
const isReturn = (url: URL) => url.pathname === '/oauth2/session-binding'

export const outcomeOf = (answer: Answer): string =>
  /<main[^>]*data-outcome="([^"]*)"/.exec(answer.body)?.[1] ?? `none (${answer.status})`
