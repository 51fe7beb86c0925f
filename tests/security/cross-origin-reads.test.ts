import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium, signInAs } from '../support/chromium.ts'
import { everyAnswer } from '../support/every-answer.ts'
import { exchange } from '../support/http-browser.ts'
import { type OtherSite, startOtherSite } from '../support/other-site.ts'
import { replicaOf, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
/** Runs in the page. @returns what it could read */
const tryToRead = `async (app, paths, stream) => {
  const read = []
  for (const url of paths.map((path) => app + path)) {
    for (const mode of ['cors', 'no-cors']) {
      const text = await fetch(url, { credentials: 'include', mode }).then((response) => response.text(), () => '')
      if (text !== '') read.push('fetch ' + mode + ' ' + url)
    }
    const loaded = await new Promise((resolve) => {
      const script = document.createElement('script')
      script.onload = () => resolve(true)
      script.onerror = () => resolve(false)
      script.src = url
      document.head.append(script)
    })
    if (loaded) read.push('script ' + url)
  }
  const streamed = await new Promise((resolve) => {
    const source = new EventSource(app + stream, { withCredentials: true })
    source.onopen = () => resolve(true)
    source.onerror = () => resolve(source.readyState !== EventSource.CLOSED)
  })
  if (streamed) read.push('stream')
  return read
}`

let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

test('no answer lets another origin read it, whatever that origin requests', async () => {
  const somebody = await signedIn(stack)
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
    'access-control-request-private-network': 'true',
  }
  const answers = await everyAnswer(somebody, { origin: stack.app, ...preflight })
  for (const origin of ['https://evil.example', 'null']) {
    const url = new URL('/api/session', stack.app)
    const cookie = await somebody.browser.jar.getCookieString(stack.app)
    for (const via of [stack.app, replicaOf(stack, 'agent-workload', 0)])
      for (const method of ['OPTIONS', 'GET']) {
        const answer = await exchange(url, method, { host: url.host, cookie, origin, ...preflight }, '', via)
        answers.push({ name: `${method} for ${origin}`, answer })
      }
  }
  expect(answers.length).toBeGreaterThan(100)
  for (const { name, answer } of answers) {
    const allowed = Object.keys(answer.headers).filter((header) => header.startsWith('access-control-'))
    expect([name, allowed]).toEqual([name, []])
    expect([name, answer.headers['cross-origin-resource-policy']]).toEqual([name, 'same-origin'])
  }
})

describe.each([
  ['another site', '127.0.0.1'],
  ['another port of the same site, which is sent the cookies', 'localhost'],
] as const)('in a browser, a page of %s', (_where, host) => {
  let other: OtherSite

  beforeAll(async () => {
    other = await startOtherSite(host, { '/': '<title>other</title>' })
  })
  afterAll(() => other.close())

  test('reads nothing with the user’s cookies: not as JSON, script, stream or window', async () => {
    const somebody = await somebodyNew(stack)
    const context = await chromium.newContext()
    const own = await context.newPage()
    await signInAs(own, somebody)
    const asked = await own.evaluate(async () => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch('/api/turns', { method: 'POST', headers, body: '{"message":"What can you do?"}' })
      return (await response.json()) as { eventsUrl: string; conversationId: string }
    })

    const page = await context.newPage()
    await page.goto(other.origin)
    const paths = [
      ...['/api/session', '/api/connections', '/', '/connections', '/oauth2/session-binding'],
      ...[asked.eventsUrl, `/api/conversations/${asked.conversationId}`],
    ]
    // The function is a string because its types are the browser's.
    const read = await page.evaluate(
      `(${tryToRead})(${JSON.stringify(stack.app)}, ${JSON.stringify(paths)}, ${JSON.stringify(asked.eventsUrl)})`,
    )
    expect(read).toEqual([])

    // Neither window can reach the other (Cross-Origin-Opener-Policy).
    const opened = context.waitForEvent('page')
    await page.evaluate(`globalThis.opened = open(${JSON.stringify(`${stack.app}/connections`)}); 0`)
    const popup = await opened
    await popup.getByRole('heading', { name: 'Connected accounts' }).waitFor()
    expect(await page.evaluate('globalThis.opened.closed')).toBe(true)
    expect(await popup.evaluate('window.opener')).toBeNull()

    expect(await own.evaluate(async () => (await fetch('/api/session')).status)).toBe(200)
    await context.close()
  })
})
