import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { ask, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import { outcomeOf } from '../support/person.ts'
import { emulatorOf, type Stack, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'

const BOTH = 'What is on my calendar today and list my repositories'
const ours = (name: string) => name.startsWith('agentcore-identity-authorization')

/** Cookies depend on hosts and paths, and not on ports. */
const otherAddresses = ({ signIn, vendors }: Stack) => [signIn, ...Object.values(vendors)]

let chromium: Browser
beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

describe.each(['per-session', 'shared'] as const)('with authorization cookies %s', (authorizationCookie) => {
  let stack: Stack & { stop?(): Promise<void> }
  beforeAll(async () => {
    stack =
      authorizationCookie === 'per-session'
        ? stackOfThisWorker()
        : await startStackOfItsOwn({}, { replicas: 1, identityAssumptions: { authorizationCookie } })
  })
  afterAll(() => stack.stop?.())

  test('two providers in one question, one consent after the other', async () => {
    const who = await signedIn(stack)
    const count = await emulatorOf(stack).counting()
    const { stream } = await who.ask(BOTH)
    const first = await stream.next('authorization_required')
    const second = await stream.next('authorization_required', [first as never])
    for (const { data } of [first, second]) expect(outcomeOf(await who.consent(data.startUrl))).toBe('bound')
    const answer = await stream.answer()
    expect(answer).toContain(`repo-of-${who.username}`)
    expect(answer).toContain(`Meeting of ${who.username}`)
    expect(await count('CompleteResourceTokenAuth')).toBe(2)

    const { jar } = who.browser
    const callback = await jar.getCookies(`${stack.agentcoreIdentity}/identities/oauth2/callback/any`)
    expect(callback.filter(({ key }) => ours(key))).toHaveLength(authorizationCookie === 'shared' ? 1 : 2)
    for (const address of [
      ...otherAddresses(stack),
      stack.app,
      `${stack.agentcoreIdentity}/identities/CreateWorkloadIdentity`,
    ]) {
      expect((await jar.getCookies(address)).filter(({ key }) => ours(key))).toEqual([])
    }
  })

  test('in Chromium, too', async () => {
    const who = await somebodyNew(stack)
    const context = await chromium.newContext()
    const page = await context.newPage()
    await signInAs(page, who)
    await ask(page, BOTH)
    for (const displayName of ['Google Calendar', 'GitHub']) {
      const tab = await openConsent(context, page, who, displayName)
      await tab.getByRole('button', { name: 'Authorize' }).click()
      await tab.getByRole('heading', { name: `${displayName} connected` }).waitFor()
    }
    await page.getByText(`repo-of-${who.username}`).first().waitFor()

    const cookies = await context.cookies(`${stack.agentcoreIdentity}/identities/oauth2/callback/any`)
    const [cookie, ...more] = cookies.filter(({ name }) => ours(name))
    expect(more).toHaveLength(authorizationCookie === 'shared' ? 0 : 1)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', secure: false, path: '/identities/oauth2' })
    for (const address of otherAddresses(stack)) {
      expect((await context.cookies(address)).filter(({ name }) => ours(name))).toEqual([])
    }
    await context.close()
  })
})
