import type { Page } from 'playwright-core'

export interface HeldNavigation {
  url: string
  letThrough(): Promise<void>
  drop(): Promise<void>
}

/**
 * Holds the first request to `address` with a query; in the pattern, `?` is any character.
 * Playwright's routing sees only the first request of a redirect chain; the Fetch domain of Chromium's protocol sees each.
 */
export async function holdAtDoor(
  page: Page,
  address: string,
): Promise<{ held: Promise<HeldNavigation>; stopHolding(): Promise<void> }> {
  const protocol = await page.context().newCDPSession(page)
  const { promise, resolve } = Promise.withResolvers<HeldNavigation>()
  protocol.on('Fetch.requestPaused', ({ requestId, request }) => {
    const end = async (send: () => Promise<unknown>) => {
      await send()
      await protocol.detach()
    }
    resolve({
      url: request.url,
      letThrough: () => end(() => protocol.send('Fetch.continueRequest', { requestId })),
      drop: () => end(() => protocol.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })),
    })
  })
  await protocol.send('Fetch.enable', { patterns: [{ urlPattern: `${address}?*`, requestStage: 'Request' }] })
  return { held: promise, stopHolding: () => protocol.detach() }
}
