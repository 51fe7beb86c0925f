import type { Page } from 'playwright-core'
import type { User } from '../people/user.ts'
import { signInOnPage, USERNAME } from './sign-in-page.ts'

/**
 * Signs in and consents where the authorization server asks for it. Whether it asks is its own business: Cognito knows the
 * browser from the sign-in and asks nothing.
 *
 * @param arrived settles when the browser has left it
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
          // Gone on, or nothing asked in time: `arrived` knows which.
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
