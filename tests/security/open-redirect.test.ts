import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium, signInAs } from '../support/chromium.ts'
import { signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const EVIL = 'evil.example'
const KNOWN = [stack.app, stack.signIn]

const TRICKS = [
  `https://${EVIL}/`,
  `//${EVIL}/`,
  `///${EVIL}/`,
  `////${EVIL}/`,
  `/\\${EVIL}/`,
  `\\\\${EVIL}/`,
  `\\/${EVIL}/`,
  `/\t/${EVIL}/`,
  `/\n/${EVIL}/`,
  `\t//${EVIL}/`,
  ` //${EVIL}/`,
  `/ /${EVIL}/`,
  `/.//${EVIL}/`,
  `/..//${EVIL}/`,
  `/a/..//${EVIL}/`,
  `/%09/${EVIL}/`,
  `/%2F${EVIL}/`,
  `/%5C${EVIL}/`,
  `%2F%2F${EVIL}/`,
  `https:${EVIL}/`,
  `https:/${EVIL}/`,
  `http:///${EVIL}/`,
  `${stack.app}.${EVIL}/`,
  `${stack.app}@${EVIL}/`,
  `${stack.app}/`,
  `@${EVIL}/`,
  `.${EVIL}/`,
  `:80@${EVIL}/`,
  `/@${EVIL}/`,
  `/;@${EVIL}/`,
  `?//${EVIL}/`,
  `#//${EVIL}/`,
  `//${EVIL}\\@localhost/`,
  `//localhost\\@${EVIL}/`,
  `／／${EVIL}/`,
  `/／${EVIL}/`,
  `/\r\nLocation: https://${EVIL}/`,
  '/%0d%0aLocation:%20https://evil.example/',
  `javascript:location='https://${EVIL}/'`,
  `data:text/html,<script>location='https://${EVIL}/'</script>`,
  `/auth/sign-in?return_to=//${EVIL}/`,
] as const

describe('return_to', () => {
  test('does not lead a signed-in user away from this origin', async () => {
    const somebody = await signedIn(stack)
    for (const trick of TRICKS) {
      const url = new URL(`/auth/sign-in?${new URLSearchParams({ return_to: trick })}`, stack.app)
      const { headers } = await somebody.browser.send(url, { headers: { 'sec-fetch-site': 'cross-site' } })
      const target = URL.parse(headers.location ?? '')
      expect([trick, target?.origin, target?.username]).toEqual([trick, stack.app, ''])
    }
    expect((await somebody.api('/api/session')).status).toBe(200)
  })

  test('that is repeated, or a list, leads to the front page', async () => {
    const somebody = await signedIn(stack)
    for (const query of [
      'return_to=/connections&return_to=//evil.example/',
      'return_to[]=//evil.example/',
      'return_to[0]=/connections',
      'return_to%00=/connections',
    ]) {
      const { url } = await somebody.browser.navigate(new URL(`/auth/sign-in?${query}`, stack.app))
      expect([query, url.href]).toEqual([query, `${stack.app}/`])
    }
  })
})

describe('in a browser', () => {
  let chromium: Browser

  beforeAll(async () => {
    chromium = await launchChromium()
  })
  afterAll(() => chromium.close())

  // Values that a URL parser and a browser's address bar might read differently.
  const READ_DIFFERENTLY = TRICKS.filter((trick) => /[\\\t\n\r %@]|^\/[./]|^\/{3}|／/.test(trick)).slice(0, 16)

  test('no return_to leads to another site: every request goes to the app or its issuer', async () => {
    const somebody = await somebodyNew(stack)
    const context = await chromium.newContext()
    const page = await context.newPage()
    await signInAs(page, somebody, `/auth/sign-in?return_to=${encodeURIComponent(`//${EVIL}/`)}`)
    const left: string[] = []
    context.on('request', (request) => {
      if (!KNOWN.includes(new URL(request.url()).origin)) left.push(request.url())
    })
    for (const trick of READ_DIFFERENTLY) {
      await page.goto(`${stack.app}/auth/sign-in?${new URLSearchParams({ return_to: trick })}`, { waitUntil: 'commit' })
      expect([trick, new URL(page.url()).origin]).toEqual([trick, stack.app])
    }
    expect(left).toEqual([])
    await page.goto(`${stack.app}/auth/sign-in?return_to=/connections`)
    await page.getByRole('heading', { name: 'Connected accounts' }).waitFor()
    await context.close()
  })
})
