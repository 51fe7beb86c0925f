import type { ConnectionRecord, UserRef } from '@agent-identity/contracts'
import { toVendorError, VendorError } from '@agent-identity/provider-kit'
import {
  createLogger,
  createSealer,
  DisconnectedError,
  type RedisClient,
  UnreadConnectionError,
} from '@agent-identity/service-runtime'
import { createVendorSlots, type OfferedTool } from '@agent-identity/tools'
import { expect, test } from '@jest/globals'
import { createToolRunner } from './run-tool.ts'
import type { ToolCall } from './tool-call.ts'

const provider = { id: 'github', displayName: 'GitHub', credential: 'user' } as const
const log = createLogger({ service: 'test', level: 'silent' })

/** A tool that reads, and a connection that its user can end. */
function world(
  act: (signal: AbortSignal, disconnect: () => void, tooLong: () => void) => Promise<Record<string, unknown>>,
) {
  let record: Partial<ConnectionRecord> = { status: 'connected', generation: 1 }
  const abort = new AbortController()
  let acts = 0
  let isRead = true
  const uses: unknown[] = []
  const disconnect = () => {
    record = { status: 'disconnecting', generation: 2 }
    abort.abort(new DisconnectedError())
  }
  const { run } = createToolRunner({
    redis: undefined as unknown as RedisClient,
    effectSealer: createSealer({ sealWith: 'k', keys: { k: 'k'.repeat(43) } }, 'mcp effect'),
    calls: {
      async during(_ref, call, allow, use) {
        uses.push(use)
        if (!isRead) throw new UnreadConnectionError()
        if (!allow?.(record as ConnectionRecord)) throw new DisconnectedError()
        return call(abort.signal)
      },
    },
    askFirst: { isOn: async () => false },
    vendorSlots: createVendorSlots(1),
    audit: () => undefined,
    clock: () => 1,
    log,
  })
  const tool = {
    name: 'list_repositories',
    pastTense: 'listed repositories',
    does: 'read',
    scopes: [],
    provider,
    async act(_input: unknown, { signal }: { signal: AbortSignal }) {
      acts++
      return act(signal, disconnect, () => abort.abort(new DOMException('', 'TimeoutError')))
    },
  } as unknown as OfferedTool
  const call: ToolCall = {
    tool,
    input: {},
    caller: { user: 'a'.repeat(22) as UserRef, clientId: 'editor', accessToken: 'c', expiresAt: 3, requestId: 'r' },
    client: { name: 'Editor', showsLinks: true, retriesUnnamed: false },
    answered: undefined,
    signal: new AbortController().signal,
  }
  return {
    run: (generation: number) =>
      run(call, 'token', {
        user: call.caller.user,
        provider: 'github',
        named: undefined,
        generation,
        account: undefined,
      }),
    disconnect,
    unread: () => {
      isRead = false
    },
    acts: () => acts,
    uses,
  }
}

const WORDS = 'The user has disconnected GitHub.'

test('a call runs while its user has not disconnected, and is recorded as a use by this client', async () => {
  const { run, uses } = world(async () => ({ repositories: [] }))
  expect(await run(1)).toEqual({ outcome: 'done', result: { repositories: [] }, repeated: false })
  expect(uses).toEqual([{ does: 'listed repositories', client: { clientId: 'editor', clientName: 'Editor' } }])
})

test('no call begins after its user has disconnected, nor with a token of an earlier connection', async () => {
  const { run, disconnect, acts } = world(async () => ({}))
  expect(await run(0)).toEqual({ outcome: 'failed', words: WORDS })
  disconnect()
  expect(await run(1)).toEqual({ outcome: 'failed', words: WORDS })
  expect(acts()).toBe(0)
})

test('a call does not begin while its connection cannot be read: its user may not have disconnected', async () => {
  const { run, unread, acts } = world(async () => ({}))
  unread()
  expect(await run(1)).toEqual({
    outcome: 'failed',
    words: 'Access to GitHub cannot be obtained at the moment. It may work again later.',
  })
  expect(acts()).toBe(0)
})

test('a call is aborted when its user disconnects', async () => {
  const { run } = world(async (signal, disconnect) => {
    disconnect()
    signal.throwIfAborted()
    return {}
  })
  expect(await run(1)).toEqual({
    outcome: 'failed',
    words: 'GitHub may have been disconnected while this was being done.',
  })
})

test('a call that takes too long is the vendor’s failure, and no disconnection', async () => {
  const { run } = world(async (signal, _disconnect, tooLong) => {
    tooLong()
    throw toVendorError(signal.reason)
  })
  expect(await run(1)).toEqual({ outcome: 'failed', words: 'GitHub does not answer as it should at the moment.' })
})

test('a token that the vendor rejects is not a failure, but the outcome `rejected`', async () => {
  const { run } = world(async () => {
    throw new VendorError('token-rejected')
  })
  expect(await run(1)).toMatchObject({ outcome: 'rejected' })
})
