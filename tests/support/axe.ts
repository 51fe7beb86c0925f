import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface Look {
  size?: { width: number; height: number }
  colorScheme: 'light' | 'dark'
}

const [DESKTOP, PHONE] = [
  { width: 1_200, height: 800 },
  { width: 390, height: 800 },
]
const AS_IT_IS: readonly Look[] = [{ colorScheme: 'light' }, { colorScheme: 'dark' }]
export const EVERY_LOOK: readonly Look[] = [DESKTOP, PHONE].flatMap((size) =>
  AS_IT_IS.map(({ colorScheme }) => ({ size, colorScheme })),
)
export const TWO_LOOKS: readonly Look[] = [
  { size: DESKTOP, colorScheme: 'dark' },
  { size: PHONE, colorScheme: 'light' },
]

/** Runs axe through the DevTools protocol: the page's Content-Security-Policy forbids further scripts. */
export async function complaints(page: Page, looks = AS_IT_IS): Promise<string[]> {
  const found: string[] = []
  await page.evaluate(axe.source)
  for (const { size, colorScheme } of looks) {
    if (size) await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    const violations = (await page.evaluate(
      `axe.run({ resultTypes: ['violations'], preload: false, iframes: false }).then(({ violations }) => violations)`,
    )) as { id: string; nodes: { html: string; failureSummary: string }[] }[]
    for (const { id, nodes } of violations)
      for (const { html, failureSummary } of nodes)
        found.push(`${colorScheme} ${size?.width ?? ''} ${id}: ${html}: ${failureSummary}`)
  }
  return found
}
