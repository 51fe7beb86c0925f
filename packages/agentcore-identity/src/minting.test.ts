import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { awsError, type StubbedReply } from './test-support/agentcore-stub.ts'
import { startWorkloadIdentity } from './test-support/workload-identity.ts'

const world = await startWorkloadIdentity()
const { stub, logged } = world
beforeEach(() => world.reset())
afterEach(() => void jest.restoreAllMocks())
afterAll(() => stub.stop())

/** undici counts this time in ticks of half a second: a machine that pauses does not use it up. */
const HEADERS_TIMEOUT_MS = 3_000
const USER_TOKEN = 'header.payload.signature'

describe('minting a workload access token', () => {
  it('mints for the JWT it was given, signed for AgentCore', async () => {
    stub.answerWith({ status: 200, json: { workloadAccessToken: 'wat' } })
    expect(await world.identity.mintWorkloadAccessToken({ kind: 'jwt', userToken: USER_TOKEN })).toEqual({
      outcome: 'minted',
      workloadAccessToken: 'wat',
      awsRequestId: 'id-of-the-reply',
    })
    expect(stub.calls).toEqual([
      {
        path: '/identities/GetWorkloadAccessTokenForJWT',
        body: { workloadName: 'our-agent', userToken: USER_TOKEN },
        signedFor: 'eu-central-1/bedrock-agentcore/aws4_request',
      },
    ])
  })

  it('repeats a request when no reply arrives', async () => {
    const { setTimeout: start } = globalThis
    // The deadline of the whole call would come soon after the wait for the headers.
    jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation(((run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
        start(run, ms === 2 * HEADERS_TIMEOUT_MS ? 60_000 : ms, ...args)) as never)
    const identity = world.create(HEADERS_TIMEOUT_MS)
    stub.answerWith('silence', { status: 200, json: { workloadAccessToken: 'wat' } })
    expect(await identity.mintWorkloadAccessToken({ kind: 'jwt', userToken: USER_TOKEN })).toMatchObject({
      outcome: 'minted',
    })
    expect(stub.calls).toHaveLength(2)
  })

  it('mints for a user id', async () => {
    stub.answerWith({ status: 200, json: { workloadAccessToken: 'wat' } })
    await world.identity.mintWorkloadAccessToken({ kind: 'user-id', userId: 'cognito+alice' })
    expect(stub.calls).toMatchObject([
      {
        path: '/identities/GetWorkloadAccessTokenForUserId',
        body: { workloadName: 'our-agent', userId: 'cognito+alice' },
      },
    ])
  })

  it.each<[string, StubbedReply, string, number]>([
    ['an artifact that AgentCore rejects', awsError(401, 'UnauthorizedException'), 'refused', 1],
    ['missing permission', awsError(403, 'AccessDeniedException'), 'refused', 1],
    ['a malformed request', awsError(400, 'ValidationException'), 'refused', 1],
    [
      'stale AWS credentials, which say nothing about the user',
      awsError(403, 'ExpiredTokenException'),
      'unavailable',
      1,
    ],
    ['throttling, after three attempts', awsError(429, 'ThrottlingException'), 'unavailable', 3],
    ['a fault, after three attempts', awsError(500, 'InternalServerException'), 'unavailable', 3],
    ['a reply without a token', { status: 200, json: {} }, 'unavailable', 1],
  ])('does not mint: %s', async (_case, reply, outcome, attempts) => {
    stub.answerWith(reply)
    const result = await world.identity.mintWorkloadAccessToken({ kind: 'jwt', userToken: USER_TOKEN })
    expect(result.outcome).toBe(outcome)
    expect(result).not.toHaveProperty('workloadAccessToken')
    expect(stub.calls).toHaveLength(attempts)
    expect(logged).toHaveLength(1)
    expect(JSON.stringify(logged)).not.toMatch(/SENSITIVE|header\.payload/)
  })
})
