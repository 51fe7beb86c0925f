import type { ResourceAccess, ResourceAccessOutcome } from '@agent-identity/authorization'
import type { ConnectionId, TurnId, UserRef } from '@agent-identity/contracts'
import { readFirst, toVendorError } from '@agent-identity/provider-kit'
import { DisconnectedError, UnreadConnectionError } from '@agent-identity/service-runtime'
import { createEffects, createVendorSlots, type OfferedTool, ToolFailure } from '@agent-identity/tools'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import {
  accessThat,
  authorizationId,
  collectingLog,
  memoryEffects,
  NOW,
  permissionsThat,
} from '../test-support/agent-harness.ts'
import { agentTool } from './agent-tool.ts'

const user = 'a'.repeat(22) as UserRef
const provider = { id: 'github', displayName: 'GitHub', credential: 'user' } as const
const token = { outcome: 'token', accessToken: 'granted' } as const
const required = { outcome: 'authorization-required', authorizationId: authorizationId('n') } as const

const ACCOUNTS = { 'alice@work': 'idOfWork_01' as ConnectionId, 'bob@home': 'idOfHome_02' as ConnectionId }
const NAMES = { names: Object.keys(ACCOUNTS), byDefault: 'alice@work' }

interface World {
  answers?: ResourceAccessOutcome[]
  does?: OfferedTool['does']
  inputSchema?: z.ZodType
  askFirst?: boolean
  /** The call has only read before it is aborted. */
  hasOnlyRead?: boolean
  /** Called during each call to the vendor; `abort` ends the call. */
  during?(abort: AbortController): void
}

function world({ answers = [], does = 'read', askFirst = false, hasOnlyRead = false, during, ...more }: World = {}) {
  const inputSchema = more.inputSchema ?? z.object({ title: z.string().optional() })
  const wanted: unknown[] = []
  const named: unknown[] = []
  const inputs: unknown[] = []
  const times: number[] = []
  const access: ResourceAccess = {
    ...accessThat({}),
    async connectionFor(_provider, name = NAMES.byDefault) {
      named.push(name)
      const connection = ACCOUNTS[name as keyof typeof ACCOUNTS]
      return connection ? { connection, name } : 'unknown'
    },
    async tokenFor(_provider, _scopes, { connection } = {}) {
      wanted.push(connection)
      return answers.shift() ?? token
    },
    async whileConnected(_what, call) {
      const abort = new AbortController()
      const result = call(abort.signal)
      during?.(abort)
      return result
    },
  }
  const offered = {
    ...{ name: 'open_issue', description: 'Opens an issue', pastTense: 'opened an issue', does, provider, inputSchema },
    scopes: ['repo'],
    destination: 'own',
    async act(input: unknown, { signal, now }: { signal: AbortSignal; now: number }) {
      inputs.push(input)
      times.push(now)
      // A moment in which the call is under way.
      await new Promise((resolve) => setImmediate(resolve))
      const request = async () => {
        if (signal.aborted) throw toVendorError(signal.reason)
      }
      await (hasOnlyRead ? readFirst(request) : request())
      return { number: inputs.length }
    },
  } as unknown as OfferedTool
  const permissions = permissionsThat({ askFirst: askFirst ? ['github'] : [] })
  const { log } = collectingLog()
  const run: Parameters<typeof agentTool>[1] = {
    access,
    effects: createEffects('turn' as TurnId, memoryEffects(), permissions, () => undefined),
    waits: { authorizations: new Set(), unconfirmed: new Map() },
    vendorSlots: createVendorSlots(4).of(user),
    audit: () => undefined,
    askedAt: NOW,
    signal: new AbortController().signal,
    log,
    onSignedOut: () => undefined,
    onFault: () => undefined,
  }
  return {
    tool: (accounts = true) => agentTool(offered, run, accounts ? NAMES : undefined),
    run,
    wanted,
    named,
    inputs,
    times,
  }
}

describe('where a user has several accounts, a tool', () => {
  test.each([
    ['the one that the words name', { account: 'bob@home' }, ACCOUNTS['bob@home']],
    // Which one is the default is decided where the access is taken.
    ['no account of its own, when they name none', {}, undefined],
    ['no account of its own, when the name is empty', { account: '' }, undefined],
    ['no account of its own, when the name is blank', { account: '  ' }, undefined],
  ] as const)('asks for %s', async (_which, said, account) => {
    const { tool, wanted, inputs } = world()
    expect(await tool().call({ title: 'Typo', ...said })).toEqual({ result: { number: 1 } })
    expect([wanted, inputs]).toEqual([[account], [{ title: 'Typo' }]])
  })

  test.each([true, false])('requests nothing for a name that is none of theirs (several now: %s)', async (several) => {
    const { tool, wanted, inputs } = world()
    await expect(tool(several).call({ account: 'mallory' })).rejects.toThrow('The user has no such account at GitHub.')
    expect([wanted, inputs]).toEqual([[], []])
  })

  test('shows their names to the model, and nothing else of them', () => {
    const { tool } = world()
    const seen = JSON.stringify([tool().name, tool().description, z.toJSONSchema(tool().inputSchema)])
    expect(seen).toContain('"enum":["alice@work","bob@home"]')
    expect(seen).toContain('it is alice@work')
    for (const hidden of Object.values(ACCOUNTS)) expect(seen).not.toContain(hidden)
    expect(tool().inputSchema.safeParse({ account: 'mallory' }).success).toBe(false)
  })

  test('makes the same change in each of them, and in one only once', async () => {
    const { tool, inputs } = world({ does: 'change' })
    const said = [{ account: 'bob@home' }, {}, { account: 'bob@home' }]
    const results = []
    for (const account of said) results.push(await tool().call({ title: 'Typo', ...account }))
    expect(results).toEqual([1, 2, 1].map((number) => ({ result: { number } })))
    expect(inputs).toHaveLength(2)
  })

  test('asks the user first with the account that the change is for', async () => {
    const { tool, run } = world({ does: 'change', askFirst: true })
    await tool().call({ title: 'Typo' })
    expect([...run.waits.unconfirmed.values()].map(({ shown }) => shown.details)).toEqual([
      [
        { name: 'title', value: 'Typo' },
        { name: 'account', value: 'alice@work' },
      ],
    ])
  })

  test('with an `account` among its own inputs gets that input unchanged', async () => {
    const { tool, named, inputs } = world({ inputSchema: z.object({ account: z.string() }) })
    expect(z.toJSONSchema(tool().inputSchema)).not.toHaveProperty('properties.account.enum')
    await tool().call({ account: 'savings' })
    expect([named, inputs]).toEqual([[NAMES.byDefault], [{ account: 'savings' }]])
  })
})

test('with one account a tool has its own input alone; a name that counted a moment ago still counts', async () => {
  const { tool, wanted } = world()
  expect(z.toJSONSchema(tool(false).inputSchema)).not.toHaveProperty('properties.account')
  await tool(false).call({})
  await tool(false).call({ account: 'bob@home' })
  expect(wanted).toEqual([undefined, ACCOUNTS['bob@home']])
})

test('a tool acts at the time of the question, however late its access comes', async () => {
  const { tool, times } = world()
  await tool().call({ title: 'Typo' })
  expect(times).toEqual([NOW])
})

describe('when its user disconnects while it is called, a tool', () => {
  const during = (abort: AbortController) => abort.abort(new DisconnectedError())

  test('that reads asks the user again', async () => {
    const { tool, run, inputs } = world({ answers: [token, required], during })
    expect(await tool().call({})).toEqual({ waitsFor: { authorizationId: required.authorizationId } })
    expect([...run.waits.authorizations]).toEqual([required.authorizationId])
    expect(inputs).toHaveLength(1)
  })

  test('that reads, and is broken off a second time, says so and does not go on', async () => {
    const { tool, inputs } = world({ during })
    await expect(tool().call({})).rejects.toThrow(new ToolFailure('The user has disconnected GitHub.'))
    expect(inputs).toHaveLength(2)
  })

  test('that reads, where the connection could not be read, does not say that its user has disconnected', async () => {
    const { tool } = world({ during: (abort) => abort.abort(new UnreadConnectionError()) })
    await expect(tool().call({})).rejects.toThrow('Access to GitHub cannot be obtained at the moment.')
  })

  test.each(['change', 'repeatable-change'] as const)(
    'that makes a %s says that its outcome is not known, and begins it once',
    async (does) => {
      const { tool, wanted, inputs } = world({ does, during })
      await expect(tool().call({})).rejects.toThrow(
        /^GitHub may have been disconnected while this was being done\. It is not known/,
      )
      expect([wanted.length, inputs.length]).toEqual([1, 1])
    },
  )
})

test('when its user disconnects while a change only reads first, the user is asked again, and the change is made then', async () => {
  const aborts = [new DisconnectedError()]
  const { tool } = world({
    ...{ does: 'change', hasOnlyRead: true, answers: [token, required] },
    during: (abort) => {
      for (const reason of aborts.splice(0)) abort.abort(reason)
    },
  })
  expect(await tool().call({})).toEqual({ waitsFor: { authorizationId: required.authorizationId } })
  expect(await tool().call({})).toEqual({ result: { number: 2 } })
})

test.each([
  ['read', 'GitHub does not answer as it should at the moment.'],
  ['change', /^GitHub does not answer as it should at the moment\. It is not known/],
] as const)('when a call that makes a %s takes too long, it says so, and is not begun again', async (does, words) => {
  const { tool, wanted, inputs } = world({ does, during: (abort) => abort.abort(new DOMException('', 'TimeoutError')) })
  await expect(tool().call({})).rejects.toThrow(words)
  expect([wanted.length, inputs.length]).toEqual([1, 1])
})
