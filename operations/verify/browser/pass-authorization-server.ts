import type { Page } from 'playwright-core'
import type { User } from '../people/user.ts'
import { signInOnPage, USERNAME } from './sign-in-page.ts'

/**
 * Signs in and consents if the authorization server asks: Cognito recognizes a browser that has signed in.
 *
 * @param arrived resolves when the browser has left the authorization server
 */
export async function passAuthorizationServer(page: Page, user: User, arrived: Promise<unknown>): Promise<void> {
  const asks = {
    'sign-in': page.locator(USERNAME).first(),
    consent: page.getByRole('button', { name: 'Authorize' }),
  }
  const next = (left: readonly (keyof typeof asks)[]) =>
    Promise.race([
      arrived.then(() => 'arrived' as const),
      ...left.map((kind) =>
        asks[kind].waitFor().then(
          () => kind,
          // Left the page, or was not asked in time: `arrived` tells which.
          () => arrived.then(() => 'arrived' as const),
        ),
      ),
    ])
  let step = await next(['sign-in', 'consent'])
  if (step === 'sign-in') {
    await signInOnPage(page, user)
    step = await next(['consent'])
  }
  if (step === 'consent') await asks.consent.click({ noWaitAfter: true })
  await arrived
}
