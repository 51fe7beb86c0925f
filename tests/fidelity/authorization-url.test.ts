import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { complete, navigate, openBrowser, requestToken } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'
import { message, start, twoProviders } from './support/trip.ts'
import { Vendor } from './support/vendor.ts'

const vendor = new Vendor()
beforeAll(() => vendor.start())
afterAll(() => vendor.close())

type Used = ReturnType<typeof useEmulator>
type Started = Awaited<ReturnType<typeof start>>

const seen = ({ status, location, body }: Awaited<ReturnType<typeof navigate>>) => ({
  status,
  location,
  message: message(body),
})
const REFUSED = { status: 400, location: '', message: 'Invalid request' }

/** A browser of its own goes to the vendor and consents. @returns the callback URL, which it has not opened yet */
async function consented({ authorizationUrl = '' }: Started) {
  const browser = openBrowser()
  const toVendor = await browser(authorizationUrl)
  const { location: callback } = await browser(toVendor.location)
  const { searchParams } = new URL(callback)
  return { code: searchParams.get('code'), comeBack: () => browser(callback) }
}

async function redeemedCode(used: Used, { sessionUri, userId, request }: Started) {
  await complete(used.subject, sessionUri, { userId })
  expect(await requestToken(used.subject, request)).toHaveProperty('accessToken')
  return vendor.tokenRequests.at(-1)?.parameters.get('code')
}

describe('an authorization URL by default', () => {
  const used = useEmulator(() => twoProviders(vendor))

  test('opens once, in whichever browser; the trip that it began can be finished', async () => {
    const asked = await start(used)
    const first = await consented(asked)
    const before = vendor.requests.length
    expect(seen(await asked.browser(asked.authorizationUrl as string))).toEqual(REFUSED)
    expect(seen(await navigate(asked.authorizationUrl as string))).toEqual(REFUSED)
    expect(vendor.requests).toHaveLength(before)
    expect((await first.comeBack()).status).toBe(302)
    expect(seen(await navigate(asked.authorizationUrl as string))).toEqual(REFUSED)
    expect(await redeemedCode(used, asked)).toBe(first.code)
  })

  test('opens for one of two browsers that come at once', async () => {
    const { authorizationUrl = '' } = await start(used)
    const statuses = (await Promise.all([navigate(authorizationUrl), navigate(authorizationUrl)])).map(
      (hop) => hop.status,
    )
    expect(statuses.sort()).toEqual([302, 400])
  })

  test('that was opened after ten minutes is as an unknown one', async () => {
    const { authorizationUrl = '' } = await start(used)
    used.emulator.clock.advance(600)
    expect(seen(await navigate(authorizationUrl))).toEqual({ ...REFUSED, message: 'Invalid or expired request_uri' })
  })
})

describe('authorizationUrl: until-returned', () => {
  const used = useEmulator(() => twoProviders(vendor, { authorizationUrl: 'until-returned' }))

  test('opens again until the user is back; only the newest trip counts', async () => {
    const asked = await start(used)
    const [first, second] = [await consented(asked), await consented(asked)]
    expect(seen(await first.comeBack())).toEqual({ ...REFUSED, message: expect.stringContaining("Value at 'cookie'") })
    expect((await second.comeBack()).status).toBe(302)
    expect(seen(await navigate(asked.authorizationUrl as string))).toEqual(REFUSED)
    expect(await redeemedCode(used, asked)).toBe(second.code)
  })
})

describe('authorizationUrl: reusable', () => {
  const used = useEmulator(() => twoProviders(vendor, { authorizationUrl: 'reusable' }))

  test('opened by somebody else after the return: Complete redeems the code of the consent that came back last', async () => {
    const asked = await start(used)
    const first = await consented(asked)
    expect((await first.comeBack()).status).toBe(302)
    const somebodyElse = await consented(asked)
    expect(somebodyElse.code).not.toBe(first.code)
    expect((await somebodyElse.comeBack()).status).toBe(302)
    expect(await redeemedCode(used, asked)).toBe(somebodyElse.code)
  })

  test.each(['first', 'second'] as const)(
    'open in two browsers at once: both come back, and the %s, as the last, counts',
    async (last) => {
      const asked = await start(used)
      const trips = { first: await consented(asked), second: await consented(asked) }
      const earlier = trips[last === 'first' ? 'second' : 'first']
      expect((await earlier.comeBack()).status).toBe(302)
      expect((await trips[last].comeBack()).status).toBe(302)
      expect(await redeemedCode(used, asked)).toBe(trips[last].code)
    },
  )

  test('opened and left after the return, changes nothing', async () => {
    const asked = await start(used)
    const first = await consented(asked)
    await first.comeBack()
    await consented(asked)
    expect(await redeemedCode(used, asked)).toBe(first.code)
  })

  test('a trip comes back once, and none after Complete', async () => {
    const asked = await start(used)
    const [first, second] = [await consented(asked), await consented(asked)]
    await first.comeBack()
    expect(seen(await first.comeBack())).toEqual({ ...REFUSED, message: 'Invalid or expired state' })
    expect(await redeemedCode(used, asked)).toBe(first.code)
    expect(seen(await second.comeBack())).toEqual({ ...REFUSED, message: 'Invalid or expired state' })
    expect(seen(await navigate(asked.authorizationUrl as string))).toEqual(REFUSED)
  })

  test('the trips outlive an export and import', async () => {
    const asked = await start(used)
    const [first, second] = [await consented(asked), await consented(asked)]
    await first.comeBack()
    const snapshot = await (await fetch(`${used.emulator.url}/_emulator/export`)).text()
    used.emulator.reset()
    const headers = { 'content-type': 'application/json' }
    const imported = await fetch(`${used.emulator.url}/_emulator/import`, { method: 'POST', headers, body: snapshot })
    expect(imported.status).toBe(204)
    expect(seen(await first.comeBack())).toMatchObject({ message: 'Invalid or expired state' })
    expect((await second.comeBack()).status).toBe(302)
    expect(await redeemedCode(used, asked)).toBe(second.code)
  })
})
