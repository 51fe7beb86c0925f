import { expect } from '@jest/globals'
import type { Answer, Browser } from './browser.ts'
import { PUBLIC_URL } from './world.ts'

export const CALLBACK = `${PUBLIC_URL}/auth/callback`

/** Signs in, up to the redirect back to us. */
export async function comeBack(browser: Browser, returnTo = '/'): Promise<URL> {
  const start = `/auth/sign-in?return_to=${encodeURIComponent(returnTo)}`
  const { location } = await browser.navigate(start, { stopBefore: CALLBACK })
  return new URL(location ?? '')
}

export const stateOf = (url: URL) => url.searchParams.get('state') ?? ''
export const changed = (url: URL, change: (parameters: URLSearchParams) => void) => {
  const copy = new URL(url)
  change(copy.searchParams)
  return copy.href
}

export function expectRefusal(answer: Answer) {
  expect(answer).toMatchObject({ status: 400, body: 'Signing in did not work.', setCookies: [], location: undefined })
}
