import type { UserRef } from '@agent-identity/contracts'
import { VendorError } from '@agent-identity/provider-kit'
import { createLogger, type RedisClient, randomToken } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { createVendorSlots, type OfferedTool } from '@agent-identity/tools'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createToolRunner } from './run-tool.ts'
import type { ToolCall } from './tool-call.ts'

const mcpKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const server = await startTestRedis()
const redis = await server.ready()
afterAll(() => server.stop())

let alice: UserRef
beforeEach(() => {
  alice = randomToken(16) as UserRef
})

interface World {
  does: OfferedTool['does']
  /** Of the tool. */
  asksFirst: boolean
  /** What the user has chosen, or the list of the deployment. */
  isOn: boolean
  commands: RedisClient
  act(): Promise<Record<string, unknown>>
}

function world({ does = 'change', asksFirst = false, isOn = false, commands, ...rest }: Partial<World> = {}) {
  let acts = 0
  const tool = {
    name: 'add_event',
    scopes: ['events'],
    does,
    asksFirst,
    provider: { id: 'google-calendar', displayName: 'Google Calendar', credential: 'user' },
    async act() {
      acts++
      return rest.act ? rest.act() : { added: acts }
    },
  } as unknown as OfferedTool
  const choices = { isOn }
  const run = createToolRunner({
    redis: commands ?? redis,
    mcpKeys,
    calls: { during: async (_ref, call) => call(new AbortController().signal) },
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
    run: () => run(call, 'the vendor’s', { user: alice, provider: tool.provider.id, named: undefined, generation: 0 }),
    choices,
    acts: () => acts,
  }
}

describe('where the user is asked first, a change is not made', () => {
  test.each([
    ['because they, or the deployment, have chosen so', { isOn: true }],
    ['because the tool always asks', { asksFirst: true }],
    ['not even one that the vendor would make once', { isOn: true, does: 'repeatable-change' }],
  ] as const)('%s', async (_why, options) => {
    const { run, acts } = world(options)
    const answer = { outcome: 'ask-first', displayName: 'Google Calendar' }
    expect([await run(), await run()]).toEqual([answer, answer])
    expect(acts()).toBe(0)
  })

  test('and reading goes on', async () => {
    const { run, acts } = world({ isOn: true, does: 'read' })
    expect(await run()).toMatchObject({ outcome: 'done', result: { added: 1 } })
    expect(acts()).toBe(1)
  })

  test('from the call after the choice on', async () => {
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

describe('when Redis is away', () => {
  const away = () => Promise.reject(new Error('Connection is closed.'))

  test('before a change has begun, it is not made, and the fault is the caller’s to answer', async () => {
    const commands = { ...scripted(), hget: away } as unknown as RedisClient
    const { run, acts } = world({ commands })
    await expect(run()).rejects.toThrow('Connection is closed.')
    expect(acts()).toBe(0)
  })

  test.each([
    ['made', async () => ({ added: 1 })],
    ['refused', () => Promise.reject(new VendorError('invalid'))],
  ])('after it was %s, the answer is not to try again', async (_end, act) => {
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

  /** Real Redis until it is away. */
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
