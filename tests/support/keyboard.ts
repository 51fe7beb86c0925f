import type { Locator, Page } from 'playwright-core'

/** Runs in the page. */
export const isFocused = (element: { matches(selector: string): boolean }) => element.matches(':focus')

async function tabTo(page: Page, where: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await where.evaluate(isFocused)) return
    await page.keyboard.press('Tab')
  }
  throw new Error('The Tab key does not lead there')
}

export async function press(page: Page, where: Locator): Promise<void> {
  await where.waitFor()
  await tabTo(page, where)
  await page.keyboard.press('Enter')
}

export async function typeCredentials(page: Page, who: { username: string; password: string }): Promise<void> {
  for (const [label, text] of [
    ['Username', who.username],
    ['Password', who.password],
  ] as const) {
    await page.getByLabel(label).waitFor()
    await tabTo(page, page.getByLabel(label))
    await page.keyboard.type(text)
  }
  await page.keyboard.press('Enter')
}
