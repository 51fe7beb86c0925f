import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { consent, mintForUserId, navigate, openBrowser, RETURN_URL, requestToken } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'
import { callbackUrl, GITHUB_CALLBACK, message, missing, OTHER_CALLBACK, start, twoProviders } from './support/trip.ts'
import { Vendor } from './support/vendor.ts'

const vendor = new Vendor()
beforeAll(() => vendor.start())
afterAll(() => vendor.close())

describe('authorize', () => {
  const used = useEmulator(() => twoProviders(vendor))

  test('redirects to the vendor with the observed parameters in their order, and without the request_uri', async () => {
    const { leave } = await start(used, { scopes: ['repo', 'read:user'] })
    const url = await leave()
    expect(url.origin + url.pathname).toBe(`${vendor.url}/authorize`)
    expect([...url.searchParams]).toEqual([
      ['tenant', '1'],
      ['client_id', 'client'],
      ['redirect_uri', `${used.emulator.url}/identities/oauth2/callback/${GITHUB_CALLBACK}`],
      ['response_type', 'code'],
      ['scope', 'repo read:user'],
      ['state', expect.stringMatching(/^[0-9a-f-]{36}$/)],
      ['code_challenge', expect.stringMatching(/^[\w-]{43}$/)],
      ['code_challenge_method', 'S256'],
    ])
  })

  test('adds custom parameters and resources, and lets none override a standard one', async () => {
    const { leave } = await start(used, {
      customParameters: {
        access_type: 'offline',
        prompt: 'consent',
        client_id: 'evil',
        redirect_uri: 'https://evil.example',
        scope: 'admin',
        state: 'evil',
        response_type: 'token',
        code_challenge: 'evil',
        code_challenge_method: 'plain',
        request_uri: 'urn:evil',
        request: 'evil',
        resource: 'https://evil.example',
      },
      resources: ['https://api.example/a', 'https://api.example/b'],
    })
    const { searchParams } = await leave()
    expect(searchParams.get('access_type')).toBe('offline')
    expect(searchParams.get('prompt')).toBe('consent')
    expect(searchParams.getAll('resource')).toEqual(['https://api.example/a', 'https://api.example/b'])
    expect(searchParams.toString()).not.toContain('evil')
    expect(searchParams.get('scope')).toBe('read')
  })

  test('without scopes sends none', async () => {
    const { leave } = await start(used, { scopes: [] })
    expect((await leave()).searchParams.has('scope')).toBe(false)
  })

  test.each([
    [
      'no request_uri',
      '',
      "1 validation error detected: Value at 'requestUri' failed to satisfy constraint: Member must not be null",
    ],
    ['an unknown one', 'request_uri=urn:ietf:params:oauth:request_uri:unknown', 'Invalid or expired request_uri'],
    ['two of them', 'request_uri=a&request_uri=b', expect.stringContaining('Member must not be null')],
  ])('refuses %s with 400 and JSON', async (_case, query, expected) => {
    const { status, body, location } = await navigate(`${used.emulator.url}/identities/oauth2/authorize?${query}`)
    expect({ status, location, message: message(body) }).toEqual({ status: 400, location: '', message: expected })
  })

  test('a HEAD request of a link preview consumes nothing', async () => {
    const { authorizationUrl } = await start(used)
    const head = await fetch(authorizationUrl as string, { method: 'HEAD', redirect: 'manual' })
    expect(head.status).toBe(403)
    expect(used.emulator.calls().at(-1)?.operation).not.toBe('authorize')
  })

  test('forbids caches and referrers', async () => {
    const { authorizationUrl } = await start(used)
    const { headers } = await navigate(authorizationUrl as string)
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  })
})

describe('callback', () => {
  const used = useEmulator(() => twoProviders(vendor))

  test('goes on to the return URL with the session URI unchanged, and an empty JSON object', async () => {
    const { leave, browser, sessionUri } = await start(used)
    const { status, headers, body } = await browser((await browser((await leave()).href)).location)
    expect({ status, body, headers }).toEqual({
      status: 302,
      body: '{}',
      headers: expect.objectContaining({
        location: `${RETURN_URL}?session_id=${sessionUri}`,
        'content-type': 'application/json',
        'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
      }),
    })
  })

  test('an identity that names the callback URL itself as its return URL ends in the 400 for missing input', async () => {
    const itself = callbackUrl(used, GITHUB_CALLBACK, {}).replace('?', '')
    await used.subject.createIdentity({ name: 'self-redirect', allowedResourceOauth2ReturnUrls: [itself] })
    const browser = openBrowser()
    const { authorizationUrl } = await requestToken(used.subject, {
      workloadIdentityToken: await mintForUserId(used.subject, 'self-redirect', 'u'),
      resourceCredentialProviderName: 'github',
      resourceOauth2ReturnUrl: itself,
    })
    const back = await consent(authorizationUrl, browser)
    const { status, body } = await browser(back.href)
    expect({ status, message: message(body) }).toEqual({
      status: 400,
      message: missing('authorizationCode', 'state'),
    })
  })

  test.each([
    [{}, ['authorizationCode', 'state']],
    [{ state: 's' }, ['authorizationCode']],
    [{ code: 'c' }, ['state']],
    [{ code: '', state: '' }, ['authorizationCode', 'state']],
  ])('names what %j lacks, in the live service’s sentence', async (query, names) => {
    const { leave, browser } = await start(used)
    await leave()
    const { status, body } = await browser(callbackUrl(used, GITHUB_CALLBACK, query))
    expect({ status, message: message(body) }).toEqual({ status: 400, message: missing(...names) })
    const without = await navigate(callbackUrl(used, GITHUB_CALLBACK, query))
    expect({ status: without.status, message: message(without.body) }).toEqual({
      status: 400,
      message: missing('cookie', ...names),
    })
  })

  test('refuses an unknown state', async () => {
    const { leave, browser } = await start(used)
    await leave()
    const { status, body } = await browser(callbackUrl(used, GITHUB_CALLBACK, { code: 'c', state: 'unknown' }))
    expect({ status, message: message(body) }).toEqual({ status: 400, message: 'Invalid or expired state' })
  })

  test.each([
    ["another provider's callback URL", OTHER_CALLBACK],
    ['an unknown callback URL', crypto.randomUUID()],
  ])('refuses a state that arrives at %s, and the right one still works', async (_case, id) => {
    const { leave, browser } = await start(used)
    const state = (await leave()).searchParams.get('state') as string
    const { status, location } = await browser(callbackUrl(used, id, { code: 'stolen', state }))
    expect({ status, location }).toEqual({ status: 400, location: '' })
    expect((await browser(callbackUrl(used, GITHUB_CALLBACK, { code: 'c', state }))).status).toBe(302)
  })

  test('refuses the same return twice', async () => {
    const { leave, browser } = await start(used)
    const back = (await browser((await leave()).href)).location
    expect((await browser(back)).status).toBe(302)
    expect((await browser(back)).status).toBe(400)
  })

  test('works a minute before its end and not at 600 seconds', async () => {
    const early = await start(used)
    const earlyReturn = (await early.browser((await early.leave()).href)).location
    used.emulator.clock.advance(540)
    expect((await early.browser(earlyReturn)).status).toBe(302)
    const late = await start(used)
    const lateReturn = (await late.browser((await late.leave()).href)).location
    used.emulator.clock.advance(600)
    const { status, body } = await late.browser(lateReturn)
    expect({ status, message: message(body) }).toEqual({ status: 400, message: missing('cookie') })
  })

  test('a denied consent ends here with 400, and the session stays in progress', async () => {
    const { leave, browser, sessionUri, request } = await start(used)
    const state = (await leave()).searchParams.get('state') as string
    const { status, body, location } = await browser(
      callbackUrl(used, GITHUB_CALLBACK, { error: 'access_denied', state }),
    )
    expect({ status, location }).toEqual({ status: 400, location: '' })
    expect(message(body)).toContain("Value at 'authorizationCode'")
    expect(await requestToken(used.subject, { ...request, sessionUri })).toEqual({ sessionStatus: 'IN_PROGRESS' })
  })

  test.each(['state with spaces & = ? # ü', 'x'.repeat(4096), "<script>alert('x')</script>"])(
    'returns customState unchanged: %.30s',
    async (customState) => {
      const { authorizationUrl } = await start(used, { customState })
      expect((await consent(authorizationUrl)).searchParams.get('state')).toBe(customState)
    },
  )
})
