import { returnUrlOf } from '@agent-identity/contracts'
import type { Page } from 'playwright-core'
import type { User } from '../people/user.ts'
import { holdAtDoor } from './hold-at-door.ts'
import { passAuthorizationServer } from './pass-authorization-server.ts'
import { outcomeOf, type Visitor } from './visitor.ts'

/** A consent on its way back, held before `door`. */
export interface Trip {
  /** Of the held request. */
  url: string
  /** @returns the outcome that our page shows; undefined when the browser was refused before it */
  goOn(): Promise<string | undefined>
  close(): Promise<void>
}

/**
 * Consents in a tab of its own, until the request for `door` is held.
 *
 * @param url a start link, or an authorization URL
 * @param door default: our return URL
 * @returns undefined when the app or AgentCore refused on the way
 */
export async function travel(
  visitor: Visitor,
  url: string,
  user: User,
  door: string = returnUrlOf(visitor.app),
): Promise<Trip | undefined> {
  const tab = await visitor.context.newPage()
  const refused = refusedIn(tab, returnUrlOf(visitor.app))
  const { held: holding, stopHolding } = await holdAtDoor(tab, door)
  // The call may reach its time limit while the navigation is held; the navigation goes on.
  tab.goto(url).catch(() => {})
  await passAuthorizationServer(tab, user, Promise.race([holding, refused]))
  const held = await Promise.race([holding, refused])
  const close = () => tab.close()
  if (!held) {
    // Closing the tab was seen to hang without this.
    await stopHolding()
    await close()
    return undefined
  }
  return {
    url: held.url,
    async goOn() {
      await held.letThrough()
      const shown = tab.locator('main[data-outcome]').waitFor()
      return Promise.race([shown.then(() => outcomeOf(tab)), refused])
    },
    close,
  }
}

/**
 * Never settles when nothing is refused. Our return URL has its own page for a refusal. Settles when the page of the refusal has been loaded: Chromium
 * was seen to hang when a tab was closed right after the response.
 */
function refusedIn(tab: Page, returnUrl: string): Promise<undefined> {
  return new Promise((resolve) => {
    let isRefused = false
    tab.on('response', (response) => {
      const isDocument = response.request().isNavigationRequest() && response.frame() === tab.mainFrame()
      if (isDocument) isRefused = response.status() >= 400 && !response.url().startsWith(returnUrl)
    })
    tab.on('load', () => isRefused && resolve(undefined))
  })
}
