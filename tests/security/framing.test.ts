import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium, signInAs } from '../support/chromium.ts'
import { everyAnswer } from '../support/every-answer.ts'
import { startOtherSite } from '../support/other-site.ts'
import { emulatorOf, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

test('every answer of both services forbids framing, for new browsers and old ones', async () => {
  for (const { name, answer } of await everyAnswer(await signedIn(stack))) {
    expect([name, answer.headers['x-frame-options']]).toEqual([name, 'DENY'])
    expect([name, answer.headers['content-security-policy']]).toEqual([
      name,
      expect.stringContaining("frame-ancestors 'none'"),
    ])
  }
})

test('in a browser, a page of another site or another port gets an empty frame of every page, and no consent starts in one', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const own = await context.newPage()
  await signInAs(own, somebody)
  const created = await own.evaluate(async () => {
    const response = await fetch('/api/connections/github/authorizations', { method: 'POST' })
    return (await response.json()) as { startUrl: string }
  })
  const paths = ['/', '/connections', '/auth/signed-out', '/oauth2/session-binding', '/nowhere', created.startUrl]
  const framed = paths.map((path) => `<iframe src="${stack.app}${path}"></iframe>`).join('')
  const count = await emulatorOf(stack).counting()

  for (const host of ['127.0.0.1', 'localhost'] as const) {
    const other = await startOtherSite(host, { '/': framed })
    const page = await context.newPage()
    const refused: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') refused.push(message.text())
    })
    await page.goto(other.origin, { waitUntil: 'load' })
    const frames = page.frames().slice(1)
    expect(frames).toHaveLength(paths.length)
    for (const frame of frames) {
      expect(frame.url().startsWith(stack.app)).toBe(false)
      // Chromium may show its own page about a refused frame.
      expect(/announcer|data-outcome|<form|<main/.exec(await frame.content())).toBeNull()
    }
    await until(async () => refused.length >= paths.length)
    await page.close()
    await other.close()
  }
  expect(await count('authorize')).toBe(0)

  const start = await context.newPage()
  await start.goto(stack.app + created.startUrl)
  await start.getByLabel('Username').waitFor()
  expect(await count('authorize')).toBe(1)
  await context.close()
})
