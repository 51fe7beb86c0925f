import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { User } from '../people/user.ts'
import { signInOnPage } from './sign-in-page.ts'

export interface ApiAnswer {
  status: number
  body: unknown
}

export class Visitor {
  readonly app: string
  readonly context: BrowserContext
  readonly page: Page

  private constructor(app: string, context: BrowserContext, page: Page) {
    this.app = app
    this.context = context
    this.page = page
  }

  static async open(chromium: Browser, app: string): Promise<Visitor> {
    const context = await chromium.newContext()
    // AgentCore's legs were measured at under two seconds each.
    context.setDefaultTimeout(45_000)
    return new Visitor(app, context, await context.newPage())
  }

  async signIn(user: User): Promise<void> {
    await this.page.goto(this.app)
    await signInOnPage(this.page, user)
    await this.page.waitForURL((url) => url.origin === this.app && !url.pathname.startsWith('/auth/'))
    await this.page.getByRole('textbox', { name: 'Message' }).waitFor()
  }

  /** The report must not show them. */
  cookies() {
    return this.context.cookies(this.app)
  }

  async ask(question: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Message' }).fill(question)
    await this.page.getByRole('button', { name: 'Send' }).click()
  }

  api(path: string, method = 'GET'): Promise<ApiAnswer> {
    return this.page.evaluate(
      async ([address, verb]) => {
        const response = await fetch(address as string, { method: verb as string })
        const text = await response.text()
        return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text }
      },
      [path, method],
    )
  }

  async openTab(url: string): Promise<{ status: number; outcome: string; page: Page }> {
    const page = await this.context.newPage()
    const response = await page.goto(url)
    return { status: response?.status() ?? 0, outcome: await outcomeOf(page), page }
  }

  close(): Promise<void> {
    return this.context.close()
  }
}

export async function outcomeOf(page: Page): Promise<string> {
  const main = page.locator('main[data-outcome]')
  return (await main.count()) > 0 ? ((await main.first().getAttribute('data-outcome')) ?? 'none') : 'none'
}
