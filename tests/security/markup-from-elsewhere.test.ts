import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { ask, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import { HostileIssuer } from '../support/hostile-issuer.ts'
import { HostileModel } from '../support/hostile-model.ts'
import { freePorts, type ServiceProcess, startService } from '../support/service-process.ts'
import { type Stack, somebodyNew } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { failVendor } from '../support/vendors.ts'

/** The payload names its source. */
const markup = (who: string) =>
  `<img src=x onerror="globalThis.taken='${who}'">${who}"'><svg onload="globalThis.taken=1"><script>globalThis.taken=1</script><a href="javascript:globalThis.taken=1">x</a>`

let chromium: Browser
let model: HostileModel
let issuer: HostileIssuer
let stack: Stack & { stop(): Promise<void> }

beforeAll(async () => {
  chromium = await launchChromium()
  model = await new HostileModel().start()
  issuer = await new HostileIssuer().start()
  stack = await startStackOfItsOwn(model.variables, { replicas: 1 })
})
afterAll(async () => {
  await chromium.close()
  await stack.stop()
  model.stop()
  issuer.stop()
})

/** What the content security policy stops counts as a failure, too: no payload should get that far. */
async function newPage(): Promise<{ page: Page; stopped: string[] }> {
  const context = await chromium.newContext()
  const stopped: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error') stopped.push(message.text())
  })
  context.on('dialog', (dialog) => void dialog.dismiss().then(() => stopped.push('a dialog')))
  return { page: await context.newPage(), stopped }
}

async function expectText(page: Page, stopped: readonly string[], ...shown: string[]): Promise<void> {
  for (const text of shown) expect(await page.locator('body').textContent()).toContain(text)
  const made = 'img, iframe, object, svg, script:not([src]), a[href^="javascript:"], [onerror], [onload]'
  expect(await page.locator(made).count()).toBe(0)
  expect(await page.evaluate('globalThis.taken')).toBeUndefined()
  expect(stopped).toEqual([])
}

test('texts of a user, a model and a vendor are shown as text, also after a reload and on the page of connections', async () => {
  const somebody = await somebodyNew(stack)
  const answers = { status: 200, contentType: 'application/json', times: 1 }
  const repositories = JSON.stringify([{ full_name: markup('repository'), private: true }])
  await failVendor(stack, 'github', { ...answers, path: '/user/repos', body: repositories })
  await failVendor(stack, 'github', {
    ...answers,
    path: '/user',
    body: JSON.stringify({ id: 1, login: markup('account') }),
    times: 9,
  })
  model.reply = ({ role, content }) =>
    role === 'user'
      ? { text: markup('model'), calls: [{ name: 'list_repositories', input: {} }] }
      : { text: `${content.replaceAll('\\"', '"')} ${markup('end')}` }

  const { page, stopped } = await newPage()
  await signInAs(page, somebody)
  await ask(page, markup('user'))
  const tab = await openConsent(page.context(), page, somebody, 'GitHub')
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await page.getByText(markup('end')).first().waitFor()
  const said = ['user', 'model', 'account', 'repository', 'end'].map(markup)
  await expectText(page, stopped, ...said)
  await page.reload()
  await page.getByText(markup('end')).first().waitFor()
  await expectText(page, stopped, ...said)
  await page.goto(`${stack.app}/connections`)
  await expectText(page, stopped, markup('account'))
  await page.context().close()
})

test('the name of an unknown tool is not shown, also after a reload', async () => {
  const somebody = await somebodyNew(stack)
  model.reply = ({ role }) => (role === 'user' ? { calls: [{ name: markup('tool'), input: {} }] } : { text: 'Done.' })
  const { page, stopped } = await newPage()
  await signInAs(page, somebody)
  await ask(page, 'Go on')
  for (const again of [false, true]) {
    if (again) await page.reload()
    await page.getByText('Done.').first().waitFor()
    expect(await page.content()).not.toMatch(/taken/i)
    await expectText(page, stopped)
  }
  await page.context().close()
})

test('texts of a calendar are shown as text', async () => {
  const somebody = await somebodyNew(stack)
  const today = { date: new Date().toISOString().slice(0, 10) }
  const body = JSON.stringify({ timeZone: 'UTC', items: [{ summary: markup('event'), start: today, end: today }] })
  const path = '/calendar/v3/calendars/primary/events'
  await failVendor(stack, 'google-calendar', { path, status: 200, body, contentType: 'application/json', times: 1 })
  model.reply = ({ role, content }) =>
    role === 'user'
      ? { calls: [{ name: 'list_calendar_events', input: {} }] }
      : { text: content.replaceAll('\\"', '"') }
  const { page, stopped } = await newPage()
  await signInAs(page, somebody)
  await ask(page, 'What is on my calendar today?')
  const tab = await openConsent(page.context(), page, somebody, 'Google Calendar')
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await page.getByText('event"').first().waitFor()
  await expectText(page, stopped, markup('event'))
  await page.context().close()
})

test('an issuer’s claims about its users are shown as text', async () => {
  issuer.user = { sub: markup('subject'), name: markup('name'), email: markup('email') }
  const port = String((await freePorts(1))[0])
  const variables = { ...issuer.variables, PORT: port, PUBLIC_URL: `http://localhost:${port}` }
  let app: ServiceProcess | undefined
  try {
    app = await startService(stack, 'agent-workload', variables)
    const { page, stopped } = await newPage()
    for (const path of ['/', '/connections']) {
      await page.goto(`http://localhost:${port}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expectText(page, stopped, markup('name'), markup('email'))
    }
    await page.context().close()
  } finally {
    await app?.stop()
  }
})
