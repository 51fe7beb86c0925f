import type { Page } from 'playwright-core'
import type { User } from '../people/user.ts'
import { signInOnPage, USERNAME } from './sign-in-page.ts'

/** Far longer than a consent takes, also on a slow machine. */
const LIMIT_MS = 180_000

/**
 * Signs in and consents if asked: Cognito recognizes a browser that has signed in.
 *
 * @param arrived may never settle: AgentCore or the authorization server may show an error page
 * @throws when `arrived` has not settled after `LIMIT_MS`, when the page is closed, and when a step of the sign-in or consent fails
 */
export async function passAuthorizationServer(page: Page, user: User, arrived: Promise<unknown>): Promise<void> {
  const end = Promise.withResolvers<never>()
  const limit = setTimeout(() => end.reject(new Error(`${LOST} ${placeOf(page)}.`)), LIMIT_MS)
  const closed = () => end.reject(new Error('The page of the consent was closed.'))
  page.once('close', closed)
  try {
    await pass(page, user, Promise.race([arrived, end.promise]))
  } finally {
    clearTimeout(limit)
    page.off('close', closed)
  }
}

const LOST = `The consent did not come back within ${LIMIT_MS / 60_000} minutes. Consent by hand to see why: the browser stayed at`

/** Only the host: the rest may be secret. */
const placeOf = (page: Page) => new URL(page.url()).host || 'no page'

async function pass(page: Page, user: User, arrived: Promise<unknown>): Promise<void> {
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
          // Most likely, Playwright's time limit for this page has passed. The browser may still come back, so `arrived` decides.
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
