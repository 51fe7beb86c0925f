import type { Page } from 'playwright-core'
import type { User } from '../people/user.ts'

/** Names of the inputs at managed login, Cognito's older pages and the local page. The older pages have each form twice, one of them hidden. */
export const USERNAME = 'input[name="username"]:visible'
const PASSWORD = 'input[name="password"]:visible'
const ONE_TIME_CODE = 'input[autocomplete="one-time-code"]:visible, input[name*="code" i]:visible'

/** Chromium may be held on the next request, which would keep the call waiting. */
const AT_ONCE = { noWaitAfter: true }

/** Managed login asks for one value a page. */
export async function signInOnPage(page: Page, user: User): Promise<void> {
  const username = page.locator(USERNAME).first()
  const password = page.locator(PASSWORD).first()
  await username.waitFor()
  // Managed login is rendered by scripts: input before they run may be lost.
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
  // The code is computed after the wait: it is valid for half a minute.
  await code.waitFor()
  await code.fill(await user.oneTimeCode())
  await code.press('Enter', AT_ONCE)
}

/** A pool with other factors may first ask which to use. */
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
