import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createSessionBindingIdentity, type SessionBindingIdentity } from './session-binding-identity.ts'
import { awsError, type StubbedReply, startAgentCoreStub } from './test-support/agentcore-stub.ts'

const artifact = { kind: 'jwt', userToken: 'header.payload.signature' } as const

/** undici reuses a connection only in a later iteration of the event loop than the reply. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
}

const PROXY = { 'x-amzn-requestid': 'id-of-the-proxy' }
const quiet = { warn: () => undefined } as never

describe('session binding identity', () => {
  let stub: Awaited<ReturnType<typeof startAgentCoreStub>>
  /** With a long timeout for a busy machine. */
  let identity: SessionBindingIdentity
  /** A call of `hurried` that has timed out may arrive during another test, and take the reply to that test's call. */
  let lateStub: typeof stub
  let hurried: SessionBindingIdentity
  let logged: unknown[]
  let completion: Parameters<SessionBindingIdentity['completeAuthorization']>[0]
  let tests = 0
  const callsOfThisTest = () =>
    [stub, lateStub].flatMap(({ calls }) => calls).filter(({ body }) => body.sessionUri === completion.sessionUri)

  beforeAll(async () => {
    stub = await startAgentCoreStub()
    lateStub = await startAgentCoreStub()
  })
  afterAll(() => Promise.all([stub.stop(), lateStub.stop()]))
  beforeEach(() => {
    logged = []
    completion = { sessionUri: `urn:ietf:params:oauth:request_uri:${++tests}`, artifact }
    const warn = (...line: unknown[]) => void logged.push(line)
    const log = { warn } as never
    identity = createSessionBindingIdentity({ ...stub.settings, timeoutMs: 60_000, log })
    hurried = createSessionBindingIdentity({ ...lateStub.settings, log })
  })

  it.each<[string, StubbedReply, string, number]>([
    ['AgentCore refuses', awsError(403, 'AccessDeniedException'), 'refused', 1],
    ['AgentCore finds it malformed', awsError(400, 'ValidationException'), 'refused', 1],
    ['AgentCore does not accept the user', awsError(401, 'UnauthorizedException'), 'refused', 1],
    ['AgentCore does not know it', awsError(404, 'ResourceNotFoundException'), 'refused', 1],
    ['it is throttled twice', awsError(429, 'ThrottlingException'), 'not-executed', 2],
    ['our own credentials are stale', awsError(403, 'ExpiredTokenException'), 'not-executed', 1],
    ['AgentCore fails', awsError(500, 'InternalServerException'), 'unknown', 1],
    ['AgentCore is overloaded', awsError(503, 'ServiceUnavailableException'), 'unknown', 1],
    ['the reply is a web page', { status: 502, html: '<html>Bad gateway</html>' }, 'unknown', 1],
    ['a proxy’s page forbids it', { status: 403, html: '<html>Forbidden</html>' }, 'unknown', 1],
    ['a proxy forbids it in JSON', { status: 403, json: { message: 'Forbidden' }, headers: PROXY }, 'unknown', 1],
    ['a proxy limits it in JSON', { status: 429, json: { code: 429 }, headers: PROXY }, 'unknown', 1],
    ['the connection is cut after the request', 'reset', 'unknown', 1],
    ['no answer arrives in time', 'silence', 'unknown', 1],
    ['half a reply comes', 'half', 'unknown', 1],
    // No pause in this reply is longer than the timeout.
    ['the reply takes longer than the call may', { status: 200, arrivesFor: 600 }, 'unknown', 1],
  ])('does not report a completion when %s', async (_case, reply, outcome, attempts) => {
    const isLate = reply === 'silence' || reply === 'half' || (typeof reply === 'object' && 'arrivesFor' in reply)
    const answering = isLate ? lateStub : stub
    answering.answerWith(reply)
    const result = await (isLate ? hurried : identity).completeAuthorization(completion)
    expect(result.outcome).toBe(outcome)
    // A call that has timed out may arrive later, or never.
    if (isLate) expect(callsOfThisTest().length).toBeLessThanOrEqual(attempts)
    else expect(callsOfThisTest()).toHaveLength(attempts)
    expect(logged).toMatchObject([[{ operation: 'CompleteResourceTokenAuth' }, expect.any(String)]])
    const idOfReply = typeof reply === 'object' && 'headers' in reply ? reply.headers?.['x-amzn-requestid'] : undefined
    expect(result.awsRequestId).toBe(idOfReply)
    expect(JSON.stringify(logged)).not.toMatch(/SENSITIVE|header\.payload|urn:/)
  })

  const unreadable = ['endless', 'truncated', 'not-chunked'] as const
  it.each([429, 403, 401, 400, 500].flatMap((status) => unreadable.map((body) => ({ status, body }))))(
    'does not treat an unreadable reply as AgentCore’s answer, and does not send again: %j',
    async (reply) => {
      stub.answerWith(reply)
      expect(await identity.completeAuthorization(completion)).toMatchObject({ outcome: 'unknown' })
      expect(callsOfThisTest()).toHaveLength(1)
    },
  )

  it.each([{ code: 'ECONNREFUSED' }, { __type: 'ExpiredTokenException' }, { code: 'CredentialsProviderError' }])(
    'reports a server error as unknown, even if it says that nothing was executed: %j',
    async (json) => {
      stub.answerWith({ status: 502, json })
      expect(await identity.completeAuthorization(completion)).toMatchObject({ outcome: 'unknown' })
    },
  )

  it('sends no call after it was reported as unknown', async () => {
    const told = new Set<string>()
    const sent: { sessionUri: string; late: boolean }[] = []
    const onSend = (message: unknown) => {
      const { body } = (message as { request: { body: Uint8Array } }).request
      const { sessionUri } = JSON.parse(new TextDecoder().decode(body))
      sent.push({ sessionUri, late: told.has(sessionUri) })
    }
    // The stub sees a request later than it was sent.
    subscribe('undici:client:sendHeaders', onSend)
    try {
      lateStub.answerWith('silence')
      // Fifty at a time: the others time out while they wait for a connection.
      await Promise.all(
        Array.from({ length: 70 }, async (_, n) => {
          const sessionUri = `urn:${n}`
          expect(await hurried.completeAuthorization({ ...completion, sessionUri })).toEqual({ outcome: 'unknown' })
          told.add(sessionUri)
        }),
      )
      lateStub.answerWith({ status: 200, json: {} })
      // Requests are sent in their order. On a busy machine some of these time out, too.
      let after = 0
      const next = () => hurried.completeAuthorization({ ...completion, sessionUri: `urn:after-${++after}` })
      while ((await next()).outcome !== 'completed') told.add(`urn:after-${after}`)
      expect(sent.at(-1)).toEqual({ sessionUri: `urn:after-${after}`, late: false })
      expect(sent.filter(({ late }) => late)).toEqual([])
    } finally {
      unsubscribe('undici:client:sendHeaders', onSend)
    }
  })

  it('does not repeat a call whose reused connection is cut', async () => {
    stub.answerWith({ status: 200, json: {} }, 'reset')
    expect(await identity.completeAuthorization(completion)).toMatchObject({ outcome: 'completed' })
    const opened = stub.connections()
    await someTurns()
    expect(await identity.completeAuthorization(completion)).toMatchObject({ outcome: 'unknown' })
    expect(callsOfThisTest()).toHaveLength(2)
    expect(stub.connections()).toBe(opened)
  })

  it('knows that nothing was sent when a connection is not made in time', async () => {
    const held: Socket[] = []
    const silent = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const endpoint = `https://127.0.0.1:${port}`
    const unconnected = createSessionBindingIdentity({ ...stub.settings, endpoint, timeoutMs: 60_000, log: quiet })
    expect(await unconnected.completeAuthorization(completion)).toMatchObject({ outcome: 'not-executed' })
    silent.close()
    for (const socket of held) socket.destroy()
  })

  it('stops reading an endless reply before the call’s timeout', async () => {
    stub.answerWith({ status: 200, body: 'endless' })
    expect(await identity.completeAuthorization(completion)).toMatchObject({ outcome: 'unknown' })
    expect(logged).toMatchObject([[{ exception: 'ResponseExceededMaxSizeError' }, expect.anything()]])
  })

  it('completes with the artifact it was given, once', async () => {
    stub.answerWith({ status: 200, json: {} })
    expect(await identity.completeAuthorization(completion)).toEqual({
      outcome: 'completed',
      awsRequestId: 'id-of-the-reply',
    })
    expect(callsOfThisTest()).toMatchObject([
      {
        path: '/identities/CompleteResourceTokenAuth',
        body: {
          sessionUri: completion.sessionUri,
          userIdentifier: { userToken: artifact.userToken },
        },
      },
    ])
    expect(logged).toEqual([])
  })

  it('reuses a connection, but not one that was idle for so long that AWS may close it', async () => {
    stub.answerWith({ status: 200, json: {}, headers: { connection: 'keep-alive' } })
    await identity.completeAuthorization(completion)
    const opened = stub.connections()
    const closed = stub.newestHasClosed()
    await someTurns()
    await identity.completeAuthorization(completion)
    expect(stub.connections()).toBe(opened)
    // The stub would keep the connection for a minute.
    await closed
    await identity.completeAuthorization(completion)
    expect(stub.connections()).toBe(opened + 1)
  })

  it('completes for a user id', async () => {
    stub.answerWith({ status: 200, json: {} })
    const artifact = { kind: 'user-id', userId: 'cognito+alice' } as const
    await identity.completeAuthorization({ sessionUri: completion.sessionUri, artifact })
    expect(callsOfThisTest()[0]?.body).toMatchObject({ userIdentifier: { userId: 'cognito+alice' } })
  })

  it('repeats a throttled call, because it was not executed', async () => {
    stub.answerWith(awsError(429, 'ThrottlingException'), { status: 200, json: {} })
    expect(await identity.completeAuthorization(completion)).toMatchObject({ outcome: 'completed' })
    expect(callsOfThisTest()).toHaveLength(2)
  })
})
