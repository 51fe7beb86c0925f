import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { complete, consent, navigate, openBrowser, requestToken } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'
import { message, missing, start, twoProviders } from './support/trip.ts'
import { Vendor } from './support/vendor.ts'

const vendor = new Vendor()
beforeAll(() => vendor.start())
afterAll(() => vendor.close())
afterEach(() => void jest.restoreAllMocks())

const refused = { status: 400, location: '', message: missing('cookie') }
const seen = ({ status, location, body }: Awaited<ReturnType<typeof navigate>>) => ({
  status,
  location,
  message: message(body),
})

describe.each(['per-session', 'shared'] as const)('the cookie between the browser legs, %s', (authorizationCookie) => {
  const used = useEmulator(() => twoProviders(vendor, { authorizationCookie }))

  /** The consent is given, and the callback is not opened yet. */
  async function consented(browser = openBrowser()) {
    const trip = await start(used, {}, browser)
    return { ...trip, callback: (await browser((await trip.leave()).href)).location }
  }

  /** A refused callback has consumed nothing. */
  async function finishes({ browser, callback, userId, sessionUri, request }: Awaited<ReturnType<typeof consented>>) {
    expect((await browser(callback)).status).toBe(302)
    await complete(used.subject, sessionUri, { userId })
    expect(await requestToken(used.subject, request)).toHaveProperty('accessToken')
  }

  test('a callback in another browser is refused, with or without an authorization of its own, and consumes nothing', async () => {
    const before = vendor.tokenRequests.length
    const mine = await consented()
    expect(seen(await navigate(mine.callback))).toEqual(refused)
    const other = await consented()
    expect(seen(await other.browser(mine.callback))).toEqual(refused)
    expect(vendor.tokenRequests).toHaveLength(before)
    await finishes(mine)
    await finishes(other)
  })

  test('a cookie of the right name and another value is refused', async () => {
    const mine = await consented()
    const { headers } = await mine.browser(mine.authorizationUrl as string)
    const [name] = (headers['set-cookie']?.[0] ?? '').split('=')
    const guess = `${name}=${'x'.repeat(43)}`
    expect(seen(await navigate(mine.callback, { cookie: guess }))).toEqual(refused)
  })

  test('its path is that of the browser legs, and it expires with the session', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(Date.now())
    const { authorizationUrl } = await start(used)
    used.emulator.clock.advance(100)
    const { headers } = await navigate(authorizationUrl as string)
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^agentcore-identity-authorization[\w-]*=[\w-]{43}; Max-Age=500; Path=\/identities\/oauth2; HttpOnly; SameSite=Lax$/,
      ),
    ])
  })
})

describe('two consents at once in one browser', () => {
  describe('authorizationCookie: per-session', () => {
    const used = useEmulator(() => twoProviders(vendor))
    test('both can be finished, also when the second one returns first', async () => {
      const browser = openBrowser()
      const trips = [
        await start(used, {}, browser),
        await start(used, { resourceCredentialProviderName: 'other' }, browser),
      ]
      const callbacks: string[] = []
      for (const { leave } of trips) callbacks.unshift((await browser((await leave()).href)).location)
      for (const callback of callbacks) expect((await browser(callback)).status).toBe(302)
      for (const { sessionUri, userId, request } of trips) {
        await complete(used.subject, sessionUri, { userId })
        expect(await requestToken(used.subject, request)).toHaveProperty('accessToken')
      }
    })
  })

  describe('authorizationCookie: shared', () => {
    const shared = { authorizationCookie: 'shared', authorizationUrl: 'until-returned' }
    const used = useEmulator(() => twoProviders(vendor, shared))
    test('the second ends the first, whose URL can be opened again where that is possible', async () => {
      const browser = openBrowser()
      const first = await start(used, {}, browser)
      const second = await start(used, { resourceCredentialProviderName: 'other' }, browser)
      const firstCallback = (await browser((await first.leave()).href)).location
      const secondCallback = (await browser((await second.leave()).href)).location
      expect(seen(await browser(firstCallback))).toEqual(refused)
      expect((await browser(secondCallback)).status).toBe(302)
      await consent(first.authorizationUrl, browser)
      for (const { sessionUri, userId, request } of [first, second]) {
        await complete(used.subject, sessionUri, { userId })
        expect(await requestToken(used.subject, request)).toHaveProperty('accessToken')
      }
    })
  })
})

describe('behind HTTPS', () => {
  const used = useEmulator(() => ({ ...twoProviders(vendor), publicUrl: 'https://identity.example/base' }))
  test('the cookie is Secure, and below the path of the public URL', async () => {
    const { authorizationUrl } = await start(used)
    const { search } = new URL(authorizationUrl as string)
    const { headers } = await navigate(`${used.emulator.url}/identities/oauth2/authorize${search}`)
    expect(headers['set-cookie']?.[0]).toMatch(/; Path=\/base\/identities\/oauth2; HttpOnly; Secure; SameSite=Lax$/)
  })
})
