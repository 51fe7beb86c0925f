import type { Page } from 'playwright-core'
import type { User } from '../people/user.ts'

/** Cognito's managed login and its older hosted pages name the fields so; the local sign-in page does, too. */
export const USERNAME = 'input[name="username"]:visible'
const PASSWORD = 'input[name="password"]:visible'
const ONE_TIME_CODE = 'input[autocomplete="one-time-code"]:visible, input[name*="code" i]:visible'

/** Chromium may be held on its way from here: nobody waits for the navigation. */
const AT_ONCE = { noWaitAfter: true }

/** Managed login asks one thing a page, the other two ask both at once: what is visible is filled in. */
export async function signInOnPage(page: Page, user: User): Promise<void> {
  const username = page.locator(USERNAME).first()
  const password = page.locator(PASSWORD).first()
  await username.fill(user.username)
  if (!(await password.isVisible())) {
    await username.press('Enter', AT_ONCE)
    await password.waitFor()
  }
  await password.fill(user.password)
  await password.press('Enter', AT_ONCE)
  if (!user.oneTimeCode) return
  const code = page.locator(ONE_TIME_CODE).first()
  await code.fill(await user.oneTimeCode())
  await code.press('Enter', AT_ONCE)
}
