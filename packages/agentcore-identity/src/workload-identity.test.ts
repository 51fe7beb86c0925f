import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { awsError, type StubbedReply, startAgentCoreStub } from './test-support/agentcore-stub.ts'
import { startWorkloadIdentity } from './test-support/workload-identity.ts'
import { createWorkloadIdentity } from './workload-identity.ts'

const world = await startWorkloadIdentity()
const { stub, logged } = world
/** For calls that time out: one that arrives late may take the reply to another test's call. */
const lateStub = await startAgentCoreStub()
beforeEach(() => world.reset())
afterAll(() => Promise.all([stub.stop(), lateStub.stop()]))

const USER_TOKEN = 'header.payload.signature'
const SESSION_URI = 'urn:ietf:params:oauth:request_uri:abc'
const AUTHORIZATION_URL = 'https://agentcore.example/authorize?request_uri=abc'

const request = {
  workloadAccessToken: 'the-workload-access-token',
  credentialProvider: 'github-provider',
  scopes: ['read:user', 'repo'],
  customParameters: {},
  returnUrl: 'https://app.example/oauth2/session-binding',
  state: 'the-state',
}

describe('workload identity', () => {
  it('requests a token with everything in the vault’s lookup key', async () => {
    stub.answerWith({ status: 200, json: { accessToken: 'gho_secret' } })
    const customParameters = { access_type: 'offline' }
    expect(await world.identity.requestAccessToken({ ...request, customParameters })).toEqual({
      outcome: 'token',
      accessToken: 'gho_secret',
      awsRequestId: 'id-of-the-reply',
    })
    expect(stub.calls).toMatchObject([
      {
        path: '/identities/oauth2/token',
        body: {
          workloadIdentityToken: 'the-workload-access-token',
          resourceCredentialProviderName: 'github-provider',
          scopes: ['read:user', 'repo'],
          oauth2Flow: 'USER_FEDERATION',
          resourceOauth2ReturnUrl: 'https://app.example/oauth2/session-binding',
          customState: 'the-state',
          customParameters,
        },
      },
    ])
    expect(logged).toEqual([])
  })

  it('omits absent parameters', async () => {
    stub.answerWith({ status: 200, json: { accessToken: 'gho_secret' } })
    await world.identity.requestAccessToken(request)
    for (const member of ['customParameters', 'forceAuthentication', 'sessionUri'])
      expect(stub.calls[0]?.body).not.toHaveProperty(member)
  })

  it('sends what a caller adds: that the consent starts over, or which authorization it is about', async () => {
    stub.answerWith({ status: 200, json: { accessToken: 'gho_secret' } })
    await world.identity.requestAccessToken({ ...request, forceAuthentication: true })
    await world.identity.requestAccessToken({ ...request, sessionUri: SESSION_URI })
    const [startsOver, underWay] = stub.calls.map(({ body }) => body)
    expect(startsOver).toMatchObject({ forceAuthentication: true })
    expect(startsOver).not.toHaveProperty('sessionUri')
    expect(underWay).toMatchObject({ sessionUri: SESSION_URI })
    expect(underWay).not.toHaveProperty('forceAuthentication')
  })

  it.each([
    [
      'GetWorkloadAccessTokenForJWT',
      () => world.identity.mintWorkloadAccessToken({ kind: 'jwt', userToken: USER_TOKEN }),
    ],
    [
      'GetWorkloadAccessTokenForUserId',
      () => world.identity.mintWorkloadAccessToken({ kind: 'user-id', userId: 'alice' }),
    ],
    ['GetResourceOauth2Token', () => world.identity.requestAccessToken(request)],
  ])('names the operation in the log: %s', async (operation, call) => {
    stub.answerWith(awsError(400, 'ValidationException'))
    await call()
    stub.answerWith({ status: 200, json: {} })
    await call()
    expect(logged).toMatchObject([
      [{ operation, exception: 'ValidationException' }, expect.any(String)],
      [{ operation, awsRequestId: 'id-of-the-reply' }, expect.any(String)],
    ])
  })

  const started = { authorizationUrl: AUTHORIZATION_URL, sessionUri: SESSION_URI, sessionStatus: 'IN_PROGRESS' }
  it.each<[string, object, object, object]>([
    [
      'a new authorization',
      {},
      started,
      { outcome: 'authorization-required', authorizationUrl: AUTHORIZATION_URL, sessionUri: SESSION_URI },
    ],
    ['one under way', { sessionUri: SESSION_URI }, { sessionStatus: 'IN_PROGRESS' }, { outcome: 'in-progress' }],
    ['one under way, its URL repeated', { sessionUri: SESSION_URI }, started, { outcome: 'in-progress' }],
    ['one that failed', { sessionUri: SESSION_URI }, { sessionStatus: 'FAILED' }, { outcome: 'failed' }],
    ['one that failed, its URL repeated', {}, { ...started, sessionStatus: 'FAILED' }, { outcome: 'failed' }],
    [
      'the requested one with a URL and without a status',
      { sessionUri: SESSION_URI },
      { authorizationUrl: AUTHORIZATION_URL, sessionUri: SESSION_URI },
      { outcome: 'authorization-required', authorizationUrl: AUTHORIZATION_URL, sessionUri: SESSION_URI },
    ],
    [
      'another session than the requested one',
      { sessionUri: 'urn:ietf:params:oauth:request_uri:gone' },
      started,
      { outcome: 'authorization-required', authorizationUrl: AUTHORIZATION_URL, sessionUri: SESSION_URI },
    ],
  ])('tells authorizations apart: %s', async (_case, asked, json, outcome) => {
    stub.answerWith({ status: 200, json })
    expect(await world.identity.requestAccessToken({ ...request, ...asked })).toEqual({
      ...outcome,
      awsRequestId: 'id-of-the-reply',
    })
  })

  it.each<[string, StubbedReply, string]>([
    [
      'a workload access token that has expired',
      awsError(401, 'UnauthorizedException'),
      'workload-access-token-rejected',
    ],
    [
      'the same, as reported of the live service',
      awsError(403, 'AccessDeniedException', 'Token has expired. Please generate a new token.'),
      'workload-access-token-rejected',
    ],
    ['missing permission', awsError(403, 'AccessDeniedException'), 'refused'],
    [
      'missing permission, of a resource with an unlucky name',
      awsError(403, 'AccessDeniedException', 'User: SENSITIVE is not authorized to … on Token has expired'),
      'refused',
    ],
    [
      'a client secret that may not be read',
      awsError(403, 'AccessDeniedException', "Access denied when retrieving secret 'SENSITIVE'. User: …"),
      'refused',
    ],
    [
      'the same words in another exception',
      awsError(400, 'ValidationException', 'Token has expired. Please generate a new token.'),
      'refused',
    ],
    ['an unknown provider', awsError(404, 'ResourceNotFoundException'), 'refused'],
    ['AWS credentials that are not accepted', awsError(403, 'UnrecognizedClientException'), 'unavailable'],
    ['neither token nor URL', { status: 200, json: { sessionUri: SESSION_URI } }, 'unavailable'],
    ['a URL without a session', { status: 200, json: { authorizationUrl: AUTHORIZATION_URL } }, 'unavailable'],
    [
      'a status alone, when no session was asked about',
      { status: 200, json: { sessionStatus: 'IN_PROGRESS' } },
      'unavailable',
    ],
    ['a web page of a proxy', { status: 502, html: '<html>Bad gateway</html>' }, 'unavailable'],
    ['a web page that claims to be a success', { status: 200, html: '<html>Hello</html>' }, 'unavailable'],
    ['a cut connection', 'reset', 'unavailable'],
  ])('has no token: %s', async (_case, reply, outcome) => {
    stub.answerWith(reply)
    const result = await world.identity.requestAccessToken(request)
    expect(result.outcome).toBe(outcome)
    expect(result).not.toHaveProperty('accessToken')
    expect(logged).toHaveLength(1)
    expect(JSON.stringify(logged)).not.toMatch(/SENSITIVE|the-state|workload-access-token"|agentcore\.example|urn:/)
  })

  it('carries the id of the AWS request through a refusal, into the log too', async () => {
    stub.answerWith(awsError(403, 'AccessDeniedException'))
    expect(await world.identity.requestAccessToken(request)).toMatchObject({
      awsRequestId: 'id-of-AccessDeniedException',
    })
    expect(logged).toMatchObject([
      [
        {
          kind: 'refused',
          exception: 'AccessDeniedException',
          awsRequestId: 'id-of-AccessDeniedException',
          status: 403,
        },
        expect.any(String),
      ],
    ])
  })

  it('succeeds after one lost reply', async () => {
    stub.answerWith('reset', { status: 200, json: { accessToken: 'gho_secret' } })
    expect(await world.identity.requestAccessToken(request)).toMatchObject({ outcome: 'token' })
  })

  it.each<StubbedReply>(['silence', 'half'])('ends in time: %s', async (reply) => {
    const hurried = createWorkloadIdentity({
      ...lateStub.settings,
      workloadName: 'our-agent',
      log: { warn: (...line: unknown[]) => logged.push(line) } as never,
    })
    lateStub.answerWith(reply)
    // Without our deadline, the SDK would try again, and end with another exception.
    expect(await hurried.requestAccessToken(request)).toEqual({ outcome: 'unavailable' })
    if (reply === 'silence') expect(logged).toMatchObject([[{ exception: 'DeadlineExceeded' }, expect.any(String)]])
  })
})
