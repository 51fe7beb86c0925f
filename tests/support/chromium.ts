import { launchChromium as launch } from '@agent-identity/operations/chromium'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { PATIENCE_MS } from './patience.ts'
import type { Person } from './person.ts'

export async function launchChromium(): Promise<Browser> {
  const browser = await launch(process.env.CHROMIUM_PATH)
  const newContext = browser.newContext.bind(browser)
  browser.newContext = async (options) => {
    const context = await newContext(options)
    context.setDefaultTimeout(PATIENCE_MS)
    return context
  }
  return browser
}

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

/** @returns the tab that the card's link opened, with the vendor's consent page */
export async function openConsent(
  context: BrowserContext,
  page: Page,
  who: Pick<Person, 'username' | 'password'>,
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

/** The vendor asks who the user is at the next consent. */
export async function signOutAt(context: BrowserContext, { vendors }: Person['stack'], vendor: string): Promise<void> {
  await context.clearCookies({ name: new RegExp(`^local-${new URL(vendors[vendor] ?? '').port}-`) })
}
