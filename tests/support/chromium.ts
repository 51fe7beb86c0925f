import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Person } from './person.ts'

const CANDIDATES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** One process for a file of tests; each person gets a context of their own, which is a browser of its own to every site. */
export function launchChromium(): Promise<Browser> {
  const executablePath = CANDIDATES.find((path) => path !== undefined && existsSync(path))
  if (!executablePath) throw new Error('Install Chromium; npm test does it where it can')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Signs in on the page, as a person does. */
export async function signInAs(
  page: Page,
  who: Pick<Person, 'stack' | 'username' | 'password'>,
  path = '/',
): Promise<void> {
  await page.goto(new URL(path, who.stack.app).href)
  await fillCredentials(page, who)
  await page.waitForURL((url) => url.origin === who.stack.app)
}

export async function fillCredentials(
  page: Page,
  { username, password }: Pick<Person, 'username' | 'password'>,
): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export async function ask(page: Page, message: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(message)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** Follows the card's link into its new tab, up to the vendor's consent page. */
export async function openConsent(
  context: BrowserContext,
  page: Page,
  who: Person,
  displayName: string,
): Promise<Page> {
  const opened = context.waitForEvent('page')
  await page.getByRole('link', { name: `Connect ${displayName}` }).click()
  const tab = await opened
  await tab.waitForLoadState()
  if ((await tab.getByLabel('Password').count()) > 0) await fillCredentials(tab, who)
  await tab.getByRole('button', { name: 'Authorize' }).waitFor()
  return tab
}
