import type { ConnectionId, UserRef } from '@agent-identity/contracts'
import { readFirst, toVendorError, VendorError } from '@agent-identity/provider-kit'
import {
  createLogger,
  createSealer,
  DisconnectedError,
  type RedisClient,
  randomToken,
} from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { createVendorSlots, type OfferedTool } from '@agent-identity/tools'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createToolRunner } from './run-tool.ts'
import type { ToolCall } from './tool-call.ts'

const effectSealer = createSealer({ sealWith: 'k', keys: { k: 'k'.repeat(43) } }, 'mcp effect')
const server = await startTestRedis()
const redis = await server.ready()
afterAll(() => server.stop())

let alice: UserRef
beforeEach(() => {
  alice = randomToken(16) as UserRef
})

interface World {
  does: OfferedTool['does']
  /** The tool always asks. */
  asksFirst: boolean
  destination: OfferedTool['destination']
  /** As the vendor calls it. */
  account: string
  /** The user or the deployment has chosen that the user is asked first. */
  isOn: boolean
  commands: RedisClient
  /** `abort` is the connection's end. */
  act(abort: AbortController): Promise<Record<string, unknown>>
}

function world({ does = 'change', isOn = false, commands, ...rest }: Partial<World> = {}) {
  let acts = 0
  const abort = new AbortController()
  const tool = {
    name: 'add_event',
    scopes: ['events'],
    does,
    asksFirst: rest.asksFirst,
    destination: 'destination' in rest ? rest.destination : 'own',
    provider: { id: 'google-calendar', displayName: 'Google Calendar', credential: 'user' },
    async act() {
      acts++
      return rest.act ? rest.act(abort) : { added: acts }
    },
  } as unknown as OfferedTool
  const choices = { isOn }
  const { run, asksFirst, begunIn } = createToolRunner({
    redis: commands ?? redis,
    effectSealer,
    calls: { during: async (_user, _provider, _of, call) => call(abort.signal) },
    askFirst: { isOn: async () => choices.isOn },
    vendorSlots: createVendorSlots(4),
    audit: () => undefined,
    clock: () => 1,
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  const call: ToolCall = {
    tool,
    input: { title: 'Lunch' },
    caller: { user: alice, clientId: 'editor', accessToken: 'the client’s', expiresAt: 3, requestId: 'now' },
    client: { showsLinks: true, retriesUnnamed: false },
    answered: undefined,
    signal: new AbortController().signal,
  }
  return {
    run: (id = 'idOfHome_02' as ConnectionId) =>
      run(call, 'the vendor’s', { id, generation: 0, ...(rest.account && { name: rest.account }) }),
    asksFirst: () => asksFirst(call, rest.account),
    begunIn: () => begunIn(call),
    choices,
    acts: () => acts,
  }
}

describe('where the user is asked first, a change is not made', () => {
  const toAlice = (_input: unknown, account: string) => (account === 'alice' ? 'own' : 'other')
  test.each([
    ['because they, or the deployment, have chosen so', { isOn: true }, 'chosen'],
    ['because the tool always asks', { asksFirst: true }, 'always'],
    ['because it goes where others read it', { destination: 'other' }, 'always'],
    ['because its arguments are not of the user’s account', { destination: toAlice, account: 'bob' }, 'always'],
    ['because it is not known which account is the user’s', { destination: toAlice }, 'unknown-account'],
    ['because its tool does not say where it goes', { destination: undefined as never }, 'always'],
    ['not even one that the vendor would make once', { isOn: true, does: 'repeatable-change' }, 'chosen'],
  ] as const)('%s, and that is known before a token is', async (_why, options, why) => {
    const { run, asksFirst, acts } = world(options)
    const answer = { outcome: 'ask-first', displayName: 'Google Calendar', why }
    expect([await asksFirst(), await run(), await run()]).toEqual([answer, answer, answer])
    expect(acts()).toBe(0)
  })

  test('but one to the user’s own account is', async () => {
    const { run, asksFirst, acts } = world({ destination: toAlice, account: 'alice' })
    expect(await asksFirst()).toBeUndefined()
    expect(await run()).toMatchObject({ outcome: 'done' })
    expect(acts()).toBe(1)
  })

  test('and reading goes on', async () => {
    const { run, asksFirst, acts } = world({ isOn: true, does: 'read' })
    expect(await asksFirst()).toBeUndefined()
    expect(await run()).toMatchObject({ outcome: 'done', result: { added: 1 } })
    expect(acts()).toBe(1)
  })

  test('until they switch that off', async () => {
    const { run, acts, choices } = world({ isOn: true })
    await run()
    choices.isOn = false
    expect(await run()).toMatchObject({ outcome: 'done', repeated: false })
    expect(acts()).toBe(1)
  })
})

test('a change is made once, and the same call gets its outcome', async () => {
  const { run, acts } = world()
  expect([await run(), await run()]).toEqual([
    { outcome: 'done', result: { added: 1 }, repeated: false },
    { outcome: 'done', result: { added: 1 }, repeated: true },
  ])
  expect(acts()).toBe(1)
})

test('a change whose user disconnects while it only reads first was not begun', async () => {
  const { run, begunIn } = world({
    act(abort) {
      abort.abort(new DisconnectedError())
      return readFirst(() => Promise.reject(toVendorError(abort.signal.reason)))
    },
  })
  expect(await run()).toEqual({ outcome: 'failed', words: 'The user has disconnected Google Calendar.' })
  expect(await begunIn()).toBeUndefined()
})

describe('after another account has become the default, the same call', () => {
  const home = 'idOfHome_02' as ConnectionId
  const work = 'idOfWork_01' as ConnectionId

  test('does not repeat in the new one what was done in the old one, and says in which it was', async () => {
    const { run, acts, begunIn } = world()
    expect(await begunIn()).toBeUndefined()
    await run(home)
    const begun = { connection: home, result: { added: 1 } }
    expect(await begunIn()).toEqual(begun)
    expect(await run(work)).toEqual({ outcome: 'done', result: { added: 1 }, repeated: true })
    expect(acts()).toBe(1)
    expect(await begunIn()).toEqual(begun)
  })

  test('does not begin in the new one a change that broke off, not even one that the vendor makes only once', async () => {
    const { run, acts, begunIn } = world({
      does: 'repeatable-change',
      act: () => Promise.reject(new VendorError('unavailable')),
    })
    await run(home)
    const words = expect.stringContaining('begun before, in another account. It is not known whether it was done')
    expect(await run(work)).toEqual({ outcome: 'failed', words })
    expect(acts()).toBe(1)
    expect(await begunIn()).toEqual({ connection: home })
    await run(home)
    expect(acts()).toBe(2)
  })

  test('may make there what the vendor refused', async () => {
    const { run, acts, begunIn } = world({ act: () => Promise.reject(new VendorError('invalid')) })
    await run(home)
    expect(await begunIn()).toBeUndefined()
    await run(work)
    expect(acts()).toBe(2)
  })

  test('reads there', async () => {
    const { run, acts, begunIn } = world({ does: 'read' })
    await run(home)
    expect(await begunIn()).toBeUndefined()
    await run(work)
    expect(acts()).toBe(2)
  })
})

describe('when Redis is away', () => {
  const away = () => Promise.reject(new Error('Connection is closed.'))

  test('before a change has begun, it is not made, and the fault is thrown', async () => {
    const commands = { ...scripted(), hget: away } as unknown as RedisClient
    const { run, acts } = world({ commands })
    await expect(run()).rejects.toThrow('Connection is closed.')
    expect(acts()).toBe(0)
  })

  test.each([
    ['made', async () => ({ added: 1 })],
    ['refused', () => Promise.reject(new VendorError('invalid'))],
  ])('after it was %s, the answer is that the outcome is unknown', async (_end, act) => {
    const commands = scripted()
    const { run, acts } = world({
      commands: commands as unknown as RedisClient,
      act() {
        commands.away = true
        return act()
      },
    })
    const answer = await run()
    expect(answer).toEqual({ outcome: 'failed', words: expect.stringContaining('It is not known whether it was done') })
    expect(acts()).toBe(1)
  })

  /** Uses the real Redis. Once `away` is set, scripts fail. */
  function scripted() {
    const commands = {
      away: false,
      hget: (...args: [string, string]) => redis.hget(...args),
      evalsha: (...args: Parameters<Redis['evalsha']>) => (commands.away ? away() : redis.evalsha(...args)),
      eval: (...args: Parameters<Redis['eval']>) => (commands.away ? away() : redis.eval(...args)),
    }
    return commands
  }
})
