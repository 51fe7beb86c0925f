import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { attacksOn } from '../support/attack.ts'
import { ask, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import type { Answer } from '../support/http-browser.ts'
import { outcomeOf } from '../support/person.ts'
import { logWith, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting } = attacksOn(stack)
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

const SECRETS = {
  'authorization URL': /identities\/oauth2\/authorize/,
  'session URI': /request_uri/,
  JWT: /eyJ[\w-]{10,}\.[\w-]{10,}\./,
  'authorization code': /[?&]code=/,
  cookie: /__Host-[a-z-]+=[^;\s]/,
}
const findings = (text: string): string[] =>
  Object.entries(SECRETS).flatMap(([name, pattern]) => (pattern.test(text) ? [name] : []))

test('over HTTP: only the start’s redirect contains the authorization URL, no other answer after the sign-in, no event and no log line', async () => {
  const who = await signedIn(stack)
  const answers: Answer[] = []
  const send = who.browser.send.bind(who.browser)
  who.browser.send = async (...request) => {
    const answer = await send(...request)
    if (answer.url.origin === stack.app) answers.push(answer)
    return answer
  }
  const states: string[] = []
  const streams: string[] = []

  for (const question of ['What is on my calendar today?', 'Add Lunch at 12:30 to my calendar']) {
    const asked = await waiting(who, question)
    const returnUrl = await who.consentUpToReturn(asked.startUrl)
    states.push(returnUrl.searchParams.get('state') ?? '')
    expect(outcomeOf(await who.return(returnUrl))).toBe('bound')
    expect(outcomeOf(await who.return(returnUrl))).toBe('already_bound')
    await asked.stream.answer()
    streams.push(asked.stream.text)
  }
  const denied = await waiting(who)
  await who.decide(await who.start(denied.startUrl), 'deny')
  await denied.stream.answer()
  const cancelled = await waiting(who)
  const late = await who.consentUpToReturn(cancelled.startUrl)
  states.push(late.searchParams.get('state') ?? '')
  await who.api(`/api/authorizations/${cancelled.id}`, { method: 'DELETE' })
  await cancelled.stream.answer()
  await who.return(late)
  await who.return(new URL(`${late.href}x`))
  const created = JSON.parse((await who.api('/api/connections/github/authorizations', { method: 'POST' })).body)
  await who.start((created as { startUrl: string }).startUrl)
  for (const path of ['/', '/connections', '/api/connections', '/api/session', '/nowhere']) await who.api(path)
  streams.push(denied.stream.text, cancelled.stream.text)

  const isStart = ({ url, status }: Answer) => url.pathname.endsWith('/start') && status === 303
  const isSignIn = ({ url, status }: Answer) => url.pathname.startsWith('/auth/') && status < 400
  expect(answers.filter(isStart)).toHaveLength(5)
  for (const answer of answers.filter((one) => !isStart(one) && !isSignIn(one)))
    expect([answer.url.pathname, findings(answer.body + JSON.stringify(answer.headers))]).toEqual([
      answer.url.pathname,
      [],
    ])
  const log = await logWith(stack, answers)
  for (const text of [...streams, log]) {
    expect(findings(text)).toEqual([])
    for (const state of states) expect(text).not.toContain(state.slice(state.lastIndexOf('.') + 1))
  }
})

test('in a browser: the authorization URL is in no document, storage or message of our pages', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const page = await context.newPage()
  const bodies: Promise<[string, string]>[] = []
  context.on('response', (response) => {
    const url = new URL(response.url())
    if (url.origin !== stack.app || response.status() >= 300 || url.pathname.endsWith('/events')) return
    const text = response.text().catch(() => 'the browser was closed')
    bodies.push(text.then((body) => [url.pathname, body]))
  })
  await signInAs(page, somebody)
  await page.evaluate(`globalThis.heard = []
    new BroadcastChannel('authorizations').addEventListener('message', ({ data }) => heard.push(JSON.stringify(data)))`)
  await ask(page, 'List my repositories')
  await page.getByRole('heading', { name: 'Connect GitHub' }).waitFor()
  expect(findings(await everythingOf(page))).toEqual([])
  const tab = await openConsent(context, page, somebody, 'GitHub')
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await tab.locator('main[data-outcome="bound"]').waitFor()
  await page.getByText(`repo-of-${somebody.username}`).first().waitFor()

  // A script of the page removes the query.
  await tab.waitForURL((url) => url.search === '')
  await page.waitForFunction('heard.length > 0')
  expect(findings(await everythingOf(page))).toEqual([])
  expect(findings(await everythingOf(tab))).toEqual([])
  expect(await page.evaluate('heard')).toEqual(['{"type":"authorization-settled"}'])
  for (const [path, text] of await Promise.all(bodies)) expect([path, findings(text)]).toEqual([path, []])
  await context.close()
})

const everythingOf = (page: Page): Promise<string> =>
  page.evaluate(`JSON.stringify([location.href, document.documentElement.outerHTML, document.cookie, history.state,
    { ...localStorage }, { ...sessionStorage }, navigation.entries().map(({ url }) => url)])`)
