import type { Page } from 'playwright-core'
import type { User } from '../people/user.ts'

/**
 * The field names of Cognito's managed login, its older hosted pages and the local sign-in page. The older pages contain each form twice, one of
 * them hidden.
 */
export const USERNAME = 'input[name="username"]:visible'
const PASSWORD = 'input[name="password"]:visible'
const ONE_TIME_CODE = 'input[autocomplete="one-time-code"]:visible, input[name*="code" i]:visible'

/** Chromium may be held on the next request, so the navigation is not awaited. */
const AT_ONCE = { noWaitAfter: true }

/** Managed login asks for one value a page, the other pages for both at once. */
export async function signInOnPage(page: Page, user: User): Promise<void> {
  const username = page.locator(USERNAME).first()
  const password = page.locator(PASSWORD).first()
  await username.waitFor()
  // Scripts render managed login: input before they run may be lost.
  await page.waitForLoadState('load')
  await username.fill(user.username)
  if (!(await password.isVisible())) {
    await username.press('Enter', AT_ONCE)
    await reachPassword(page)
  }
  await password.fill(user.password)
  await password.press('Enter', AT_ONCE)
  if (!user.oneTimeCode) return
  const code = page.locator(ONE_TIME_CODE).first()
  // The code is computed just before it is entered: it is valid for half a minute.
  await code.waitFor()
  await code.fill(await user.oneTimeCode())
  await code.press('Enter', AT_ONCE)
}

/** A pool with other factors may first ask which factor to use. */
async function reachPassword(page: Page): Promise<void> {
  const password = page.locator(PASSWORD).first()
  const choice = page
    .getByRole('button', { name: /password/i })
    .filter({ hasNotText: /forgot|reset|show/i })
    .first()
  await password.or(choice).first().waitFor()
  if (await password.isVisible()) return
  await choice.click(AT_ONCE)
  await password.waitFor()
}
