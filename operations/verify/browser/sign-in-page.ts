import type { Page } from 'playwright-core'
import type { User } from '../people/user.ts'

/**
 * Cognito's managed login, its older hosted pages and the local sign-in page name the fields so. The older pages contain each
 * form twice, one of them hidden (for narrow windows): only what is visible counts.
 */
export const USERNAME = 'input[name="username"]:visible'
const PASSWORD = 'input[name="password"]:visible'
const ONE_TIME_CODE = 'input[autocomplete="one-time-code"]:visible, input[name*="code" i]:visible'

/** Chromium may be held on its way from here: nobody waits for the navigation. */
const AT_ONCE = { noWaitAfter: true }

/** Managed login asks one thing a page, the other two ask both at once: what is visible is filled in. */
export async function signInOnPage(page: Page, user: User): Promise<void> {
  const username = page.locator(USERNAME).first()
  const password = page.locator(PASSWORD).first()
  await username.waitFor()
  // Managed login is drawn by scripts: what is typed before they run may be lost.
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
  // The code is made when it can be entered: it lives for half a minute.
  await code.waitFor()
  await code.fill(await user.oneTimeCode())
  await code.press('Enter', AT_ONCE)
}

/** A pool that offers other factors, too, asks first which one it is to be. */
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
