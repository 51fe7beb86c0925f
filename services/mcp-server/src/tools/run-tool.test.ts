import { type Calls, composeConnections } from '@agent-identity/authorization'
import type { ConnectionId, UserRef } from '@agent-identity/contracts'
import { toVendorError, VendorError } from '@agent-identity/provider-kit'
import { createLogger, createSealer, type RedisClient, randomToken } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { createVendorSlots, type OfferedTool } from '@agent-identity/tools'
import { afterAll, expect, test } from '@jest/globals'
import { createToolRunner } from './run-tool.ts'
import type { ToolCall } from './tool-call.ts'

const server = await startTestRedis()
const redis = await server.ready()
const subscriber = server.connect()
subscriber.setMaxListeners(0)
afterAll(() => server.stop())

const provider = { id: 'github', displayName: 'GitHub', credential: 'user' } as const
const log = createLogger({ service: 'test', level: 'silent' })
const connectionKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }

interface During {
  signal: AbortSignal
  disconnect(): Promise<unknown>
  makeUnreadable(): Promise<unknown>
}

/** A tool that reads, and the connection of an account, which its user can end. */
async function world(act: (during: During) => Promise<Record<string, unknown>>, during?: Calls['during']) {
  const user = randomToken(16) as UserRef
  const who = { user, requestId: 'r' }
  let acts = 0
  const said = { audit: () => undefined, clock: Date.now, log }
  const { connections, calls, uses, tellChanged } = composeConnections({ redis, subscriber, connectionKeys, ...said })
  const arrived = await connections.arrive(who, 'github', {
    entry: { credentialProvider: 'github', scopes: '', parameters: {} },
    ...{ account: '1', granted: '', since: 1, asOf: 0, isNeeded: true },
  })
  if (!('connection' in arrived)) throw new Error(arrived.outcome)
  const { connection } = arrived
  const disconnect = () => connections.end(who, 'github', connection.id)
  const makeUnreadable = async () => {
    await redis.set(`connections:{${user}}:github`, 'not sealed')
    await tellChanged(user, 'github')
  }

  const { run } = createToolRunner({
    redis: undefined as unknown as RedisClient,
    effectSealer: createSealer(connectionKeys, 'mcp effect'),
    calls: during ? { during } : calls,
    askFirst: { isOn: async () => false },
    vendorSlots: createVendorSlots(1),
    ...said,
  })
  const tool = {
    name: 'list_repositories',
    pastTense: 'listed repositories',
    does: 'read',
    scopes: [],
    provider,
    async act(_input: unknown, { signal }: { signal: AbortSignal }) {
      acts++
      return act({ signal, disconnect, makeUnreadable })
    },
  } as unknown as OfferedTool
  const call: ToolCall = {
    tool,
    input: {},
    caller: { user, clientId: 'editor', accessToken: 'c', expiresAt: 3, requestId: 'r' },
    client: { name: 'Editor', showsLinks: true, retriesUnnamed: false },
    answered: undefined,
    signal: new AbortController().signal,
  }
  return {
    run: (id: ConnectionId = connection.id, generation = connection.generation) =>
      run(call, 'token', { id, generation }),
    disconnect,
    reconnect: () =>
      connections.arrive(who, 'github', {
        entry: { credentialProvider: 'github', scopes: '', parameters: { another: 'consent' } },
        ...{ account: '1', granted: '', since: 2, asOf: 9, isNeeded: true },
      }),
    makeUnreadable,
    acts: () => acts,
    uses: () => uses.list(user, 'github', connection.id),
  }
}

const DISCONNECTED = { outcome: 'failed', words: 'The user has disconnected GitHub.' }
const BROKEN_OFF = { outcome: 'failed', words: 'GitHub may have been disconnected while this was being done.' }
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

test('a call runs while its user has not disconnected, and is recorded as a use by this client', async () => {
  const { run, uses } = await world(async () => ({ repositories: [] }))
  expect(await run()).toEqual({ outcome: 'done', result: { repositories: [] }, repeated: false })
  expect(await uses()).toMatchObject([
    { does: 'listed repositories', client: { clientId: 'editor', clientName: 'Editor' } },
  ])
})

test('no call begins after its user has disconnected, nor with a token of an earlier connection', async () => {
  const { run, disconnect, reconnect, acts } = await world(async () => ({}))
  await disconnect()
  expect(await run()).toEqual(DISCONNECTED)
  await reconnect()
  expect(await run()).toEqual(DISCONNECTED)
  expect(await run('connection1' as ConnectionId)).toEqual(DISCONNECTED)
  expect(acts()).toBe(0)
})

test('a call does not begin while its connection cannot be read: its user may have disconnected', async () => {
  const { run, makeUnreadable, acts } = await world(async () => ({}))
  await makeUnreadable()
  expect(await run()).toEqual(DISCONNECTED)
  expect(acts()).toBe(0)
})

test.each([
  ['when its user disconnects', ({ disconnect }: During) => disconnect()],
  ['when its connection cannot be read any more', ({ makeUnreadable }: During) => makeUnreadable()],
])('a call is aborted %s', async (_when, happens) => {
  const { run, uses } = await world(async (during) => {
    const aborted = untilAborted(during.signal)
    await happens(during)
    return aborted
  })
  expect(await run()).toEqual(BROKEN_OFF)
  expect(await uses()).toEqual([])
})

test('a call that takes too long is the vendor’s failure, and no disconnection', async () => {
  const tooLong = AbortSignal.abort(new DOMException('', 'TimeoutError'))
  const { run } = await world(
    async ({ signal }) => {
      throw toVendorError(signal.reason)
    },
    (_user, _provider, _of, call) => call(tooLong),
  )
  expect(await run()).toEqual({ outcome: 'failed', words: 'GitHub does not answer as it should at the moment.' })
})

test('a token that the vendor rejects is not a failure, but the outcome `rejected`', async () => {
  const { run } = await world(async () => {
    throw new VendorError('token-rejected')
  })
  expect(await run()).toMatchObject({ outcome: 'rejected', reason: 'rejected' })
})
