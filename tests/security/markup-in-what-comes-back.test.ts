import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { attacksOn, expectNotRecognized } from '../support/attack.ts'
import { launchChromium } from '../support/chromium.ts'
import { outcomeOf } from '../support/person.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes } = attacksOn(stack)
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

const PAYLOADS = [
  '<script>globalThis.taken=1</script>',
  '"><img src=x onerror="globalThis.taken=1">',
  "'onmouseover='globalThis.taken=1",
  '</main><main data-outcome="bound">',
  '</title><svg onload=globalThis.taken=1>',
  'javascript:globalThis.taken=1',
  '{{constructor.constructor("globalThis.taken=1")()}}',
  '<%= globalThis.taken=1 %>',
  '\r\nSet-Cookie: taken=1',
]

describe.each(PAYLOADS)('%j', (payload) => {
  test('in any parameter is on no page, in no header, and binds nothing', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    for (const name of ['state', 'session_id', 'error', 'error_description', 'error_uri', payload]) {
      const url = new URL(returnUrl)
      url.searchParams.set('state', 'none')
      url.searchParams.set(name, payload)
      const answer = await spendsNothing(victim, () => victim.who.return(url))
      expectNotRecognized(answer)
      expect(answer.body + JSON.stringify(answer.headers)).not.toContain('taken')
      expect(answer.body.match(/data-outcome/g)).toHaveLength(1)
    }
    await finishes(victim, returnUrl)
  })

  test.each([
    ['a denied consent', 'access_denied', 'denied'],
    ['a consent that failed', payload, 'not_recognized'],
  ])('as the vendor’s reason for %s is not shown to its owner', async (_what, error, outcome) => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const url = new URL(returnUrl)
    url.searchParams.set('error', error)
    url.searchParams.set('error_description', payload)
    const answer = await victim.who.return(url)
    expect([answer.status, outcomeOf(answer)]).toEqual([403, outcome])
    expect(answer.body + JSON.stringify(answer.headers)).not.toContain('taken')
    expect(await victim.stream.answer()).not.toContain('taken')
    expect(victim.stream.text).not.toContain('taken')
    await finishes(await waiting(victim.who))
  })

  test('in a path is on no page', async () => {
    const { who } = await waiting()
    for (const path of [
      `/authorizations/${encodeURIComponent(payload)}/start`,
      `/oauth2/session-binding/${encodeURIComponent(payload)}`,
    ]) {
      const answer = await who.browser.navigate(new URL(path, stack.app), { from: new URL(stack.app) })
      expect(answer.status).toBe(404)
      expect(answer.body + JSON.stringify(answer.headers)).not.toContain('taken')
    }
  })
})

test('in a browser none of it runs', async () => {
  const page = await chromium.newPage()
  const said: string[] = []
  page.on('dialog', (dialog) => {
    said.push(dialog.message())
    void dialog.dismiss()
  })
  for (const payload of PAYLOADS) {
    const url = new URL('/oauth2/session-binding', stack.app)
    for (const name of ['state', 'session_id', 'error', 'error_description']) url.searchParams.set(name, payload)
    await page.goto(`${url.href}#${payload}`)
    await page.locator('main[data-outcome="not_signed_in"]').waitFor()
    expect(await page.evaluate('globalThis.taken')).toBeUndefined()
  }
  expect(said).toEqual([])
  await page.close()
})
