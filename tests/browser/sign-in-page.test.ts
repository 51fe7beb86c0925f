import { signInOnPage } from '@agent-identity/operations/sign-in-page'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'

let chromium: Browser
beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

const fields = (...names: string[]) =>
  `<form>${names.map((name) => `<input name="${name}" type="${name === 'password' ? 'password' : 'text'}">`).join('')}<button>Next</button></form>`
const both = fields('username', 'password')

/** Forms of the local page and, as far as tests in public repositories show them, of Cognito's two kinds of pages. Each page is one step. */
const PAGES: readonly (readonly [kind: string, steps: readonly string[]])[] = [
  ['the local page, with both fields', [both]],
  ['the older hosted page, which has each form twice', [`<div style="display:none">${both}</div><div>${both}</div>`]],
  ['managed login, one field a page', [fields('username'), fields('password')]],
  [
    'managed login of a pool with more factors, which asks which one',
    [
      fields('username'),
      '<form><button type="button">Forgot your password?</button><button>Sign in with password</button></form>',
      fields('password'),
    ],
  ],
]
const CODE =
  '<form><input type="hidden" name="_csrf"><input name="softwareTokenMfaCode" autocomplete="one-time-code"><button>Go</button></form>'

/** Records the submitted values. */
const script = (steps: readonly string[]) => `
  const steps = ${JSON.stringify(steps)};
  window.sent = {};
  const show = () => { document.body.innerHTML = steps.shift() ?? '<p>Signed in</p>' };
  addEventListener('submit', (event) => {
    event.preventDefault();
    for (const [name, value] of new FormData(event.target)) if (value !== '') window.sent[name] = value;
    show();
  });
  show();`

test.each(
  PAGES.flatMap(([kind, steps]) => [
    [kind, steps, false] as const,
    [`${kind}, and an authenticator app`, [...steps, CODE], true] as const,
  ]),
)('verify signs in on %s', async (_kind, steps, hasApp) => {
  const context = await chromium.newContext()
  try {
    const page = await context.newPage()
    await page.setContent(`<body><script>${script(steps).replaceAll('</', '<\\/')}</script></body>`)
    const user = { username: 'jane@example.com', password: 'a password', email: 'jane@example.com' }
    const fieldShownAt: boolean[] = []
    await signInOnPage(page, {
      ...user,
      ...(hasApp
        ? {
            async oneTimeCode() {
              fieldShownAt.push(await page.locator('input[autocomplete="one-time-code"]').isVisible())
              return '123456'
            },
          }
        : {}),
    })
    await page.getByText('Signed in').waitFor()
    expect(await page.evaluate('window.sent')).toEqual({
      username: user.username,
      password: user.password,
      ...(hasApp ? { softwareTokenMfaCode: '123456' } : {}),
    })
    // A code that is computed before its field exists may have expired.
    expect(fieldShownAt).toEqual(hasApp ? [true] : [])
  } finally {
    await context.close()
  }
})
