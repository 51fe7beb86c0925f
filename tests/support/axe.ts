import axe from 'axe-core'
import type { Page } from 'playwright-core'

const DESKTOP = { width: 1_200, height: 800 }
const PHONE = { width: 390, height: 800 }
export const EVERY_SIZE = [DESKTOP, PHONE]

/**
 * What axe complains about in a page as it is, light and dark. A page's own policy forbids a script from elsewhere: it runs from
 * outside of it.
 *
 * @param sizes of the window; without any, as it is
 */
export async function complaints(
  page: Page,
  sizes: readonly { width: number; height: number }[] = [],
): Promise<string[]> {
  const found: string[] = []
  await page.evaluate(axe.source)
  for (const size of sizes.length > 0 ? sizes : [undefined]) {
    if (size) await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const violations = (await page.evaluate(
        `axe.run({ resultTypes: ['violations'], preload: false, iframes: false }).then(({ violations }) => violations)`,
      )) as {
        id: string
        nodes: { html: string; failureSummary: string }[]
      }[]
      for (const { id, nodes } of violations)
        for (const { html, failureSummary } of nodes)
          found.push(`${colorScheme} ${size?.width ?? ''} ${id}: ${html}: ${failureSummary}`)
    }
  }
  return found
}
