import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { awsError, type StubbedReply } from './test-support/agentcore-stub.ts'
import { startWorkloadIdentity } from './test-support/workload-identity.ts'

const world = await startWorkloadIdentity()
const { stub, logged } = world
beforeEach(() => world.reset())
afterAll(() => stub.stop())

const SESSION_URI = 'urn:ietf:params:oauth:request_uri:abc'
describe('without a consent', () => {
  const asked = { workloadAccessToken: 'wat', credentialProvider: 'a-provider', scopes: ['stock:read'] }
  const jwt = `h.${Buffer.from('{"exp":1900000000}').toString('base64url')}.s`

  it('mints for no user', async () => {
    stub.answerWith({ status: 200, json: { workloadAccessToken: 'wat' } })
    expect(await world.identity.mintWithoutUser()).toMatchObject({ outcome: 'minted', workloadAccessToken: 'wat' })
    expect(stub.calls).toMatchObject([
      { path: '/identities/GetWorkloadAccessToken', body: { workloadName: 'our-agent' } },
    ])
  })

  it('names the operation in the log when it does not mint', async () => {
    stub.answerWith(awsError(403, 'AccessDeniedException'))
    expect(await world.identity.mintWithoutUser()).toMatchObject({ outcome: 'refused' })
    expect(logged).toMatchObject([[{ operation: 'GetWorkloadAccessToken' }, expect.anything()]])
  })

  it.each([
    ['on-behalf-of', 'ON_BEHALF_OF_TOKEN_EXCHANGE'],
    ['machine', 'M2M'],
  ] as const)('%s is the flow %s and no other, without a return URL', async (credential, oauth2Flow) => {
    stub.answerWith({ status: 200, json: { accessToken: jwt } })
    expect(await world.identity.requestWithoutConsent({ ...asked, credential })).toEqual({
      outcome: 'token',
      accessToken: jwt,
      endsAt: 1_900_000_000_000,
      awsRequestId: 'id-of-the-reply',
    })
    await world.identity.requestWithoutConsent({
      ...asked,
      credential,
      audiences: ['an-api'],
      forceAuthentication: true,
    })
    const body = {
      workloadIdentityToken: 'wat',
      resourceCredentialProviderName: 'a-provider',
      scopes: ['stock:read'],
      oauth2Flow,
    }
    expect(stub.calls.map((call) => call.body)).toEqual([
      body,
      { ...body, audiences: ['an-api'], forceAuthentication: true },
    ])
  })

  it('requests an API key by its own operation, and does not read it as a JWT even if it looks like one', async () => {
    stub.answerWith({ status: 200, json: { apiKey: jwt } })
    const answer = await world.identity.requestWithoutConsent({ ...asked, credential: 'api-key' })
    expect(answer).toMatchObject({ outcome: 'token', accessToken: jwt, endsAt: undefined })
    expect(stub.calls).toMatchObject([
      {
        path: '/identities/api-key',
        body: { workloadIdentityToken: 'wat', resourceCredentialProviderName: 'a-provider' },
      },
    ])
  })

  it.each<['on-behalf-of' | 'machine' | 'api-key', StubbedReply, string]>([
    ['machine', awsError(400, 'ValidationException', 'Error parsing ClientCredentials response'), 'refused'],
    ['on-behalf-of', awsError(403, 'AccessDeniedException'), 'refused'],
    ['api-key', awsError(404, 'ResourceNotFoundException'), 'refused'],
    ['api-key', awsError(401, 'UnauthorizedException'), 'workload-access-token-rejected'],
    ['machine', awsError(500, 'InternalServerException'), 'unavailable'],
    ['machine', { status: 200, json: { authorizationUrl: 'https://x', sessionUri: SESSION_URI } }, 'unavailable'],
    ['api-key', { status: 200, json: {} }, 'unavailable'],
  ])('%s: %j is %s; of a refusal the log names the provider', async (credential, reply, outcome) => {
    stub.answerWith(reply)
    const answer = await world.identity.requestWithoutConsent({ ...asked, credential })
    expect(answer.outcome).toBe(outcome)
    expect(answer).not.toHaveProperty('accessToken')
    expect(logged).toHaveLength(1)
    const operation = credential === 'api-key' ? 'GetResourceApiKey' : 'GetResourceOauth2Token'
    expect(logged).toMatchObject([[{ operation }, expect.anything()]])
    if (outcome === 'refused')
      expect(logged).toMatchObject([[{ credential, credentialProvider: 'a-provider' }, expect.anything()]])
  })

  it('goes on for other providers, and mints, while the calls for one provider are not answered', async () => {
    stub.answerWith(awsError(500, 'InternalServerException'))
    const request = (credentialProvider: string) =>
      world.identity.requestWithoutConsent({ ...asked, credential: 'machine', credentialProvider })
    for (let time = 0; time < 4; time++) await request('slow')
    stub.answerWith({ status: 200, json: { accessToken: jwt, workloadAccessToken: 'wat' } })
    expect((await request('slow')).outcome).toBe('unavailable')
    expect((await request('another')).outcome).toBe('token')
    expect((await world.identity.mintWithoutUser()).outcome).toBe('minted')
  })
})
