import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  complete,
  consent,
  mintForJwt,
  mintForUserId,
  navigate,
  RETURN_URL,
  refusal,
  requestToken,
} from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { useEmulator } from './support/subject.ts'
import { Vendor } from './support/vendor.ts'

const vendor = new Vendor()
const issuer = new Issuer()
beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
afterAll(() => Promise.all([vendor.close(), issuer.close()]))

describe('the three-legged flow, with the real SDK', () => {
  const used = useEmulator(() => ({
    workloadIdentities: [
      { name: 'agent', allowedResourceOauth2ReturnUrls: [RETURN_URL, `${RETURN_URL}?tenant=1`, `${RETURN_URL}#part`] },
      { name: 'no-urls' },
    ],
    oauth2CredentialProviders: [
      {
        name: 'github',
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
        endpoints: vendor.endpoints,
      },
    ],
  }))
  const forNewUser = async () => ({
    workloadIdentityToken: await mintForUserId(used.subject, 'agent', crypto.randomUUID()),
    resourceCredentialProviderName: 'github',
  })

  test('the first call answers with an authorization URL and a session, and no token', async () => {
    const answer = await requestToken(used.subject, await forNewUser())
    expect(answer).toEqual({
      authorizationUrl: expect.stringMatching(
        /\/identities\/oauth2\/authorize\?request_uri=urn%3Aietf%3Aparams%3Aoauth/,
      ),
      sessionUri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[A-Za-z0-9]{48}$/),
      sessionStatus: 'IN_PROGRESS',
    })
  })

  test('a user id: consent, binding, token, and no second consent', async () => {
    const userId = crypto.randomUUID()
    const workloadIdentityToken = await mintForUserId(used.subject, 'agent', userId)
    const request = { workloadIdentityToken, resourceCredentialProviderName: 'github', customState: 'opaque' }
    const { authorizationUrl, sessionUri } = await requestToken(used.subject, request)
    const returned = await consent(authorizationUrl)
    expect(Object.fromEntries(returned.searchParams)).toEqual({ session_id: sessionUri, state: 'opaque' })
    await complete(used.subject, sessionUri, { userId })
    const { accessToken, ...rest } = await requestToken(used.subject, request)
    expect(accessToken).toMatch(/^access-/)
    expect(rest).toEqual({})
    expect(await requestToken(used.subject, request)).toEqual({ accessToken })
  })

  test('a JWT: consent, binding with the same token that minted, token', async () => {
    const userToken = issuer.token(crypto.randomUUID())
    const workloadIdentityToken = await mintForJwt(used.subject, 'agent', userToken)
    const request = { workloadIdentityToken, resourceCredentialProviderName: 'github' }
    const { authorizationUrl, sessionUri } = await requestToken(used.subject, request)
    const returned = await consent(authorizationUrl)
    expect([...returned.searchParams.keys()]).toEqual(['session_id'])
    await complete(used.subject, sessionUri, { userToken })
    expect(await requestToken(used.subject, { ...request, sessionUri })).toEqual({
      accessToken: expect.stringMatching(/^access-/),
    })
  })

  test('the code is exchanged at Complete, not at the callback', async () => {
    const userId = crypto.randomUUID()
    const workloadIdentityToken = await mintForUserId(used.subject, 'agent', userId)
    const { authorizationUrl, sessionUri } = await requestToken(used.subject, {
      workloadIdentityToken,
      resourceCredentialProviderName: 'github',
    })
    const before = vendor.tokenRequests.length
    await consent(authorizationUrl)
    expect(vendor.tokenRequests).toHaveLength(before)
    await complete(used.subject, sessionUri, { userId })
    expect(vendor.tokenRequests).toHaveLength(before + 1)
    expect(Object.fromEntries(vendor.tokenRequests.at(-1)?.parameters ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: expect.any(String),
      redirect_uri: expect.stringMatching(/\/identities\/oauth2\/callback\/[0-9a-f-]{36}$/),
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
      client_id: 'client',
      client_secret: 'secret',
    })
  })

  test.each([
    ['no return URL', 'agent', undefined, 'You must provide a ResourceOauth2ReturnUrl to proceed with this flow'],
    [
      'an identity without return URLs',
      'no-urls',
      RETURN_URL,
      'You must register and use at least one ResourceOauth2ReturnUrl on your workload identity to use this flow',
    ],
    ['another path', 'agent', `${RETURN_URL}/more`, expect.stringContaining('not one of those registered')],
    ['a trailing slash', 'agent', `${RETURN_URL}/`, expect.stringContaining('not one of those registered')],
    ['another query', 'agent', `${RETURN_URL}?tenant=2`, expect.stringContaining('not one of those registered')],
    ['another case', 'agent', RETURN_URL.toUpperCase(), expect.stringContaining('not one of those registered')],
    ['another port', 'agent', RETURN_URL.replace('example', 'example:8443'), expect.stringContaining('not one of')],
  ])('is refused with %s', async (_case, workload, resourceOauth2ReturnUrl, message) => {
    const workloadIdentityToken = await mintForUserId(used.subject, workload, 'u')
    const call = requestToken(used.subject, {
      workloadIdentityToken,
      resourceCredentialProviderName: 'github',
      resourceOauth2ReturnUrl,
    })
    expect(await refusal(call)).toMatchObject({ name: 'ValidationException', status: 400, message })
  })

  test('the return URL is checked before the provider is looked for', async () => {
    const workloadIdentityToken = await mintForUserId(used.subject, 'agent', 'u')
    const unknown = { workloadIdentityToken, resourceCredentialProviderName: 'unknown' }
    expect(await refusal(requestToken(used.subject, unknown))).toMatchObject({
      name: 'ResourceNotFoundException',
      status: 404,
    })
    const both = { ...unknown, resourceOauth2ReturnUrl: 'https://elsewhere.example/' }
    expect(await refusal(requestToken(used.subject, both))).toMatchObject({ name: 'ValidationException' })
  })

  test.each([
    [`${RETURN_URL}?tenant=1`, `${RETURN_URL}?tenant=1&session_id=`],
    [`${RETURN_URL}#part`, `${RETURN_URL}?session_id=`],
  ])('keeps the query and the fragment of the registered URL: %s', async (resourceOauth2ReturnUrl, beginning) => {
    const { authorizationUrl } = await requestToken(used.subject, { ...(await forNewUser()), resourceOauth2ReturnUrl })
    const returned = await consent(authorizationUrl)
    expect(returned.href.startsWith(beginning)).toBe(true)
    expect(returned.hash).toBe(resourceOauth2ReturnUrl.endsWith('#part') ? '#part' : '')
  })

  test('needs a workload access token that acts for a user', async () => {
    const { GetWorkloadAccessTokenCommand } = await import('@aws-sdk/client-bedrock-agentcore')
    const { workloadAccessToken } = await used.subject.data.send(
      new GetWorkloadAccessTokenCommand({ workloadName: 'agent' }),
    )
    const call = requestToken(used.subject, {
      workloadIdentityToken: workloadAccessToken,
      resourceCredentialProviderName: 'github',
    })
    expect(await refusal(call)).toMatchObject({ name: 'ValidationException' })
  })

  test('a thousand unfinished authorizations do not keep a user from finishing an earlier one', async () => {
    const userId = crypto.randomUUID()
    const workloadIdentityToken = await mintForUserId(used.subject, 'agent', userId)
    const request = { workloadIdentityToken, resourceCredentialProviderName: 'github' }
    const { authorizationUrl, sessionUri } = await requestToken(used.subject, request)
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(Array.from({ length: 20 }, () => requestToken(used.subject, request)))
    }
    await consent(authorizationUrl)
    await complete(used.subject, sessionUri, { userId })
    expect(await requestToken(used.subject, request)).toHaveProperty('accessToken')
  })

  describe('polling with the session URI', () => {
    test('is in progress, and says nothing else, until the session is bound', async () => {
      const userId = crypto.randomUUID()
      const workloadIdentityToken = await mintForUserId(used.subject, 'agent', userId)
      const request = { workloadIdentityToken, resourceCredentialProviderName: 'github' }
      const { authorizationUrl, sessionUri } = await requestToken(used.subject, request)
      const pending = { sessionStatus: 'IN_PROGRESS' }
      expect(await requestToken(used.subject, { ...request, sessionUri })).toEqual(pending)
      await consent(authorizationUrl)
      expect(await requestToken(used.subject, { ...request, sessionUri })).toEqual(pending)
      await complete(used.subject, sessionUri, { userId })
      expect(await requestToken(used.subject, { ...request, sessionUri })).toHaveProperty('accessToken')
    })

    test("fails alike for an unknown session, another user's and an expired one", async () => {
      const mine = await forNewUser()
      const theirs = await requestToken(used.subject, await forNewUser())
      const unknown = `${theirs.sessionUri}x`
      for (const sessionUri of [unknown, theirs.sessionUri]) {
        const answer = await requestToken(used.subject, { ...mine, sessionUri })
        expect(answer).toEqual({ sessionUri, sessionStatus: 'FAILED' })
      }
      const { sessionUri } = await requestToken(used.subject, mine)
      used.emulator.clock.advance(600)
      expect(await requestToken(used.subject, { ...mine, sessionUri })).toEqual({
        sessionUri,
        sessionStatus: 'FAILED',
      })
    })
  })

  test('ten minutes: the URL works a minute before and not at 600 seconds', async () => {
    const { authorizationUrl } = await requestToken(used.subject, await forNewUser())
    used.emulator.clock.advance(540)
    expect((await navigate(authorizationUrl as string)).status).toBe(302)
    used.emulator.clock.advance(60)
    expect((await navigate(authorizationUrl as string)).status).toBe(400)
  })
})
