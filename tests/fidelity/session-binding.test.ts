import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { complete, consent, mintForJwt, mintForUserId, RETURN_URL, refusal, requestToken } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { clientConfiguration, describeSubjects, Subject, useEmulator } from './support/subject.ts'
import { json, Vendor } from './support/vendor.ts'

/** The live service's answer to another identity artifact than the one that minted (aws/bedrock-agentcore-sdk-typescript#37). */
const INVALID = { name: 'AccessDeniedException', status: 403, message: 'Invalid or expired session' }
const UNKNOWN = 'urn:ietf:params:oauth:request_uri:0000000000000000000000000000000000000000000'

describeSubjects('CompleteResourceTokenAuth without a session', (subject) => {
  test.each([{ userId: 'somebody' }, { userToken: 'a.b.c' }])('refuses %j', async (userIdentifier) => {
    expect(await refusal(complete(subject(), UNKNOWN, userIdentifier as { userId: string }))).toMatchObject(INVALID)
  })
})

describe('CompleteResourceTokenAuth', () => {
  const vendor = new Vendor()
  const issuer = new Issuer()
  beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
  afterAll(() => Promise.all([vendor.close(), issuer.close()]))
  afterEach(() => void jest.restoreAllMocks())
  const used = useEmulator(() => ({
    workloadIdentities: [{ name: 'agent', allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
    oauth2CredentialProviders: [
      {
        name: 'github',
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
        endpoints: vendor.endpoints,
      },
    ],
  }))

  async function sessionFor(workloadIdentityToken: string) {
    const request = { workloadIdentityToken, resourceCredentialProviderName: 'github' }
    const { authorizationUrl, sessionUri } = await requestToken(used.subject, request)
    return { request, authorizationUrl, sessionUri }
  }

  test.each([
    ['another user', { userId: 'mallory' }],
    ['another case', { userId: 'Alice' }],
    ['a longer id', { userId: 'alice ' }],
    ['a JWT instead of the user id', { userToken: 'a.b.c' }],
  ])('refuses %s, does not call the vendor, and lets the rightful user finish', async (_case, userIdentifier) => {
    const { request, authorizationUrl, sessionUri } = await sessionFor(
      await mintForUserId(used.subject, 'agent', 'alice'),
    )
    await consent(authorizationUrl)
    const before = vendor.tokenRequests.length
    expect(await refusal(complete(used.subject, sessionUri, userIdentifier as { userId: string }))).toMatchObject(
      INVALID,
    )
    expect(vendor.tokenRequests).toHaveLength(before)
    await complete(used.subject, sessionUri, { userId: 'alice' })
    expect(await requestToken(used.subject, request)).toHaveProperty('accessToken')
    await requestToken(used.subject, { ...request, forceAuthentication: true })
  })

  test('refuses a fresh JWT of the same user, and accepts the one that minted', async () => {
    const sub = crypto.randomUUID()
    const userToken = issuer.token(sub)
    const { authorizationUrl, sessionUri } = await sessionFor(await mintForJwt(used.subject, 'agent', userToken))
    await consent(authorizationUrl)
    const fresh = issuer.token(sub)
    expect(await refusal(complete(used.subject, sessionUri, { userToken: fresh }))).toMatchObject(INVALID)
    expect(await refusal(complete(used.subject, sessionUri, { userId: sub }))).toMatchObject(INVALID)
    await complete(used.subject, sessionUri, { userToken })
  })

  test('refuses the JWT that minted once it has expired, by the wall clock', async () => {
    const userToken = issuer.token(crypto.randomUUID(), { exp: Math.floor(Date.now() / 1000) + 400 })
    const { authorizationUrl, sessionUri } = await sessionFor(await mintForJwt(used.subject, 'agent', userToken))
    await consent(authorizationUrl)
    const before = vendor.tokenRequests.length
    const { now } = Date
    const later = jest.spyOn(Date, 'now').mockImplementation(() => now() + 401_000)
    try {
      // Another client: it corrects its clock by the Date headers that it receives here.
      const subject = new Subject(clientConfiguration(used.emulator), false)
      const expired = await refusal(complete(subject, sessionUri, { userToken }))
      expect(expired).toMatchObject({ name: 'UnauthorizedException', status: 401 })
    } finally {
      later.mockRestore()
    }
    expect(vendor.tokenRequests).toHaveLength(before)
    await complete(used.subject, sessionUri, { userToken })
  })

  test('refuses a session whose user has not come back from the vendor yet', async () => {
    const userId = crypto.randomUUID()
    const { authorizationUrl, sessionUri } = await sessionFor(await mintForUserId(used.subject, 'agent', userId))
    expect(await refusal(complete(used.subject, sessionUri, { userId }))).toMatchObject(INVALID)
    await consent(authorizationUrl)
    await complete(used.subject, sessionUri, { userId })
  })

  test('refuses a second time, and the token stays', async () => {
    const userId = crypto.randomUUID()
    const { request, authorizationUrl, sessionUri } = await sessionFor(
      await mintForUserId(used.subject, 'agent', userId),
    )
    await consent(authorizationUrl)
    await complete(used.subject, sessionUri, { userId })
    expect(await refusal(complete(used.subject, sessionUri, { userId }))).toMatchObject(INVALID)
    expect(await requestToken(used.subject, request)).toHaveProperty('accessToken')
  })

  test('of many at the same time, one exchanges the code and the rest are refused', async () => {
    const userId = crypto.randomUUID()
    const { authorizationUrl, sessionUri } = await sessionFor(await mintForUserId(used.subject, 'agent', userId))
    await consent(authorizationUrl)
    const before = vendor.tokenRequests.length
    const calls = Array.from({ length: 8 }, () => complete(used.subject, sessionUri, { userId }))
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(vendor.tokenRequests).toHaveLength(before + 1)
  })

  test('binds at 599 seconds and not at 600', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(Date.now())
    for (const [seconds, bound] of [
      [599, true],
      [600, false],
    ] as const) {
      const userId = crypto.randomUUID()
      const { authorizationUrl, sessionUri } = await sessionFor(await mintForUserId(used.subject, 'agent', userId))
      await consent(authorizationUrl)
      used.emulator.clock.advance(seconds)
      const call = complete(used.subject, sessionUri, { userId })
      if (bound) await call
      else expect(await refusal(call)).toMatchObject(INVALID)
    }
  })

  test('a vendor that refuses the code ends the session, and its text is not passed on', async () => {
    const userId = crypto.randomUUID()
    const { request, authorizationUrl, sessionUri } = await sessionFor(
      await mintForUserId(used.subject, 'agent', userId),
    )
    await consent(authorizationUrl)
    vendor.answerNext((response) => json(response, 400, { error: 'invalid_grant', error_description: 'secret words' }))
    expect(await refusal(complete(used.subject, sessionUri, { userId }))).toMatchObject({
      name: 'ValidationException',
      status: 400,
      message: 'Error parsing ClientCredentials response',
    })
    expect(await refusal(complete(used.subject, sessionUri, { userId }))).toMatchObject(INVALID)
    expect(await requestToken(used.subject, { ...request, sessionUri })).toEqual({
      sessionUri,
      sessionStatus: 'FAILED',
    })
  })

  test('refuses when the provider or the identity has been deleted meanwhile', async () => {
    const { DeleteOauth2CredentialProviderCommand, DeleteWorkloadIdentityCommand } = await import(
      '@aws-sdk/client-bedrock-agentcore-control'
    )
    for (const gone of ['provider', 'identity']) {
      const { name: workload } = await used.subject.createIdentity({ allowedResourceOauth2ReturnUrls: [RETURN_URL] })
      const metadata = { authorizationServerMetadata: vendor.endpoints }
      const { name: provider } = await used.subject.createOauth2Provider({
        credentialProviderVendor: 'CustomOauth2',
        oauth2ProviderConfigInput: {
          customOauth2ProviderConfig: { oauthDiscovery: metadata, clientId: 'client', clientSecret: 'secret' },
        },
      })
      const { authorizationUrl, sessionUri } = await requestToken(used.subject, {
        workloadIdentityToken: await mintForUserId(used.subject, workload as string, 'u'),
        resourceCredentialProviderName: provider,
      })
      await consent(authorizationUrl)
      await used.subject.control.send(
        gone === 'provider'
          ? new DeleteOauth2CredentialProviderCommand({ name: provider })
          : new DeleteWorkloadIdentityCommand({ name: workload }),
      )
      expect(await refusal(complete(used.subject, sessionUri, { userId: 'u' }))).toMatchObject(INVALID)
    }
  })
})
