import { GetOauth2CredentialProviderCommand } from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { EmulatorOptions } from 'agentcore-identity-emulator'
import { complete, consent, navigate, RETURN_URL, refusal, requestToken } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'
import { callbackUrl, GITHUB_CALLBACK, message, OTHER_CALLBACK, start, twoProviders } from './support/trip.ts'
import { Vendor } from './support/vendor.ts'

const vendor = new Vendor()
beforeAll(() => vendor.start())
afterAll(() => vendor.close())

describe('assumption deniedConsent: return', () => {
  const used = useEmulator(() => twoProviders(vendor, { deniedConsent: 'return' }))

  test('the application gets the denial, and the session has failed', async () => {
    const { leave, browser, sessionUri, userId, request } = await start(used, { customState: 'opaque' })
    const state = (await leave()).searchParams.get('state') as string
    const denial = { error: 'access_denied', error_description: 'No, thanks', state }
    const { status, location } = await browser(callbackUrl(used, GITHUB_CALLBACK, denial))
    expect(status).toBe(302)
    expect(location.startsWith(`${RETURN_URL}?`)).toBe(true)
    expect(Object.fromEntries(new URL(location).searchParams)).toEqual({
      session_id: sessionUri,
      state: 'opaque',
      error: 'access_denied',
      error_description: 'No, thanks',
    })
    expect(await requestToken(used.subject, { ...request, sessionUri })).toEqual({
      sessionUri,
      sessionStatus: 'FAILED',
    })
    expect(await refusal(complete(used.subject, sessionUri, { userId }))).toMatchObject({
      name: 'AccessDeniedException',
    })
  })

  test.each([
    ['an unknown state', GITHUB_CALLBACK, { state: 'unknown' }],
    ['no state', GITHUB_CALLBACK, {}],
  ])('refuses a denial with %s', async (_case, id, query) => {
    const { leave, browser } = await start(used)
    await leave()
    const { status } = await browser(callbackUrl(used, id, { error: 'access_denied', ...query }))
    expect(status).toBe(400)
  })

  test("refuses a denial at another provider's callback URL", async () => {
    const { leave, browser, sessionUri, request } = await start(used)
    const state = (await leave()).searchParams.get('state') as string
    expect((await browser(callbackUrl(used, OTHER_CALLBACK, { error: 'access_denied', state }))).status).toBe(400)
    expect(await requestToken(used.subject, { ...request, sessionUri })).toMatchObject({ sessionStatus: 'IN_PROGRESS' })
  })
})

describe('other assumptions', () => {
  describe('providerStatus: READY', () => {
    const used = useEmulator(() => ({ assumptions: { providerStatus: 'READY' } }))
    test('a provider says READY when it is created and when it is read', async () => {
      const { name, status } = await used.subject.createOauth2Provider()
      const read = await used.subject.control.send(new GetOauth2CredentialProviderCommand({ name }))
      expect([status, read.status]).toEqual(['READY', 'READY'])
    })
  })

  describe('pollRepeatsAuthorizationUrl', () => {
    const used = useEmulator(() => twoProviders(vendor, { pollRepeatsAuthorizationUrl: true }))
    test('a poll returns the same URL, until the user is back', async () => {
      const { authorizationUrl, sessionUri, request } = await start(used)
      expect(await requestToken(used.subject, { ...request, sessionUri })).toMatchObject({ authorizationUrl })
      await consent(authorizationUrl)
      expect(await requestToken(used.subject, { ...request, sessionUri })).not.toHaveProperty('authorizationUrl')
    })
  })

  describe('browserErrors: page', () => {
    const used = useEmulator(() => twoProviders(vendor, { browserErrors: 'page' }))
    test('people get a page, programs the JSON', async () => {
      const url = callbackUrl(used, GITHUB_CALLBACK, {})
      const page = await navigate(url, { accept: 'text/html,*/*;q=0.8' })
      expect(page.status).toBe(400)
      expect(page.body).toContain('<h1>Authorization cannot continue</h1>')
      expect(message((await navigate(url, { accept: '*/*' })).body)).toContain('3 validation errors')
    })
  })

  describe('customProviderOmitsCodeVerifier', () => {
    const used = useEmulator(() => twoProviders(vendor, { customProviderOmitsCodeVerifier: true }))
    test('only custom providers exchange without the PKCE verifier (awslabs/agentcore-samples#620)', async () => {
      await used.subject.createOauth2Provider({
        name: 'custom',
        credentialProviderVendor: 'CustomOauth2',
        oauth2ProviderConfigInput: {
          customOauth2ProviderConfig: {
            oauthDiscovery: { authorizationServerMetadata: vendor.endpoints },
            clientId: 'client',
            clientSecret: 'secret',
          },
        },
      })
      for (const [name, sent] of [
        ['custom', false],
        ['github', true],
      ] as const) {
        const { authorizationUrl, sessionUri, userId } = await start(used, { resourceCredentialProviderName: name })
        await consent(authorizationUrl)
        await complete(used.subject, sessionUri, { userId }).catch(() => {})
        expect(vendor.tokenRequests.at(-1)?.parameters.has('code_verifier')).toBe(sent)
      }
    })
  })

  describe('duplicateName: conflict', () => {
    const used = useEmulator(() => ({ assumptions: { duplicateName: 'conflict' } }))
    test('a name that is taken is a conflict, for identities and providers of both kinds', async () => {
      const { subject } = used
      await subject.createIdentity({ name: 'same' })
      await subject.createOauth2Provider({ name: 'same' })
      await subject.createApiKeyProvider({ name: 'same' })
      for (const call of [
        subject.createIdentity({ name: 'same' }),
        subject.createOauth2Provider({ name: 'same' }),
        subject.createApiKeyProvider({ name: 'same' }),
      ])
        expect(await refusal(call)).toMatchObject({
          name: 'ConflictException',
          status: 409,
          message: expect.stringContaining('already exists'),
        })
    })
  })

  const LABEL = { entry: 'a-label-of-ours' }
  /** @returns what later requests get: with the parameters of the consent, with others, and without */
  async function afterConsent(used: Used, customParameters: Record<string, string>) {
    const { authorizationUrl, sessionUri, userId, request } = await start(used, { customParameters })
    await consent(authorizationUrl)
    await complete(used.subject, sessionUri, { userId })
    const found = async (more: object) =>
      (await requestToken(used.subject, { ...request, ...more })).accessToken === undefined ? 'nothing' : 'the token'
    return [
      await found({}),
      await found({ customParameters: { entry: 'another-label' } }),
      await found({ customParameters: undefined }),
    ]
  }

  describe.each<[NonNullable<EmulatorOptions['assumptions']>, string[], string[]]>([
    [{}, ['the token', 'nothing', 'nothing'], ['the token', 'nothing', 'nothing']],
    [
      { vaultKey: 'without-custom-parameters' },
      ['the token', 'the token', 'the token'],
      ['the token', 'the token', 'the token'],
    ],
    [{ unknownParameter: 'nothing' }, ['nothing', 'nothing', 'nothing'], ['the token', 'nothing', 'nothing']],
  ])('with %j, a consent with custom parameters', (assumptions, ofUnknown, ofKnown) => {
    const used = useEmulator(() => twoProviders(vendor, assumptions))
    test('of our own completes, and is found by later requests accordingly', async () => {
      expect(await afterConsent(used, LABEL)).toEqual(ofUnknown)
      expect(await afterConsent(used, { prompt: 'consent', ...LABEL })).toEqual(ofUnknown)
      expect(vendor.tokenRequests.at(-1)?.parameters.get('grant_type')).toBe('authorization_code')
    })

    test('that are standard or a vendor’s completes, and is found accordingly', async () => {
      expect(await afterConsent(used, { prompt: 'consent', access_type: 'offline' })).toEqual(ofKnown)
    })
  })
})

type Used = ReturnType<typeof useEmulator>
