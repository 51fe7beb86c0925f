import type { TurnId } from '@agent-identity/contracts'
import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  accessThat,
  memoryEffects,
  NOW,
  outcomeOf,
  permissionsThat,
  plainMemory,
  runTurn,
} from '../test-support/agent-harness.ts'
import { workingVendors } from '../test-support/working-vendors.ts'
import { describeCall } from './describe-call.ts'

const TOOL = { name: 'open_issue', provider: { id: 'github', displayName: 'GitHub', credential: 'user' } } as const
const token = { outcome: 'token', accessToken: 'vendor-secret-token' } as const
const TWO = 'Add Lunch at 12:30 to my calendar and open an issue titled Typo in alice/notes'
const ISSUE = 'Open an issue titled Typo in alice/notes'

describe('the changes of a turn', () => {
  let vendor: Awaited<ReturnType<typeof startVendorStub>>
  let memory: ReturnType<typeof plainMemory>
  let effects: ReturnType<typeof memoryEffects>
  let turns = 0
  let turnId: TurnId

  beforeAll(async () => {
    vendor = await startVendorStub()
  })
  afterAll(() => vendor.stop())
  beforeEach(() => {
    memory = plainMemory()
    effects = memoryEffects()
    turnId = `confirming-${++turns}` as TurnId
    vendor.answer(workingVendors(token.accessToken, NOW))
  })

  const run = (permissions: ReturnType<typeof permissionsThat>, question?: string, more = {}) => {
    const access = accessThat({ github: token, 'google-calendar': token })
    return outcomeOf(runTurn({ url: vendor.url, access, memory, effects, turnId, permissions, ...more }, question))
  }
  const changes = () => vendor.calls.filter(({ method }) => method === 'POST').length

  it('need a confirmation first where the user wants it, and nowhere else', async () => {
    const permissions = permissionsThat({ askFirst: ['github'] })
    await run(permissions, TWO)
    expect(changes()).toBe(1)
    expect(permissions.asked[0]?.map(({ call }) => call.provider)).toEqual(['github'])
  })

  it('count once when the vendor refuses an expired token before it accepts the next one', async () => {
    const permissions = permissionsThat({ effectsPerTurn: 1 })
    const stale = { outcome: 'token', accessToken: 'stale' } as const
    const access = accessThat({ github: stale, 'github rejected': token })
    const done = await outcomeOf(runTurn({ url: vendor.url, access, memory, effects, turnId, permissions }, ISSUE))
    expect(done.text).toContain('Issue #7')
    expect([effects.known.size, permissions.asked]).toEqual([1, []])
  })
})

describe('the description of a call for the user', () => {
  const shown = (value: unknown) => describeCall(TOOL, { value }).details[0]

  it.each([
    ['text', 'text'],
    [true, 'true'],
    [12, '12'],
    [['a', { b: 1 }], '["a",{"b":1}]'],
    ['two\nlines', 'two ↵ lines'],
    // A right-to-left override.
    ['gpj.\u202Eexe', 'gpj.\uFFFDexe'],
    // Variation selectors, a filler, an empty Braille pattern and a joiner: all of them are invisible.
    ['a\u{E0100}b\uFE0Fc\u3164d\u2800e\u034Ff', 'a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf'],
    ['a\u200Bb\u0000c\u{E0041}d', 'a\uFFFDb\uFFFDc\uFFFDd'],
    ['<b onclick="x">', '<b onclick="x">'],
  ])('%j is %j', (value, text) => {
    expect(shown(value)).toEqual({ name: 'value', value: text })
  })

  it('has the number of characters of a long text that are not shown', () => {
    expect(shown('x'.repeat(1_000))).toEqual({ name: 'value', value: 'x'.repeat(1_000) })
    expect(shown('💡'.repeat(1_003))).toEqual({ name: 'value', value: '💡'.repeat(1_000), more: 3 })
  })

  it('omits absent arguments', () => {
    expect(describeCall(TOOL, { title: 'x', text: undefined }).details).toEqual([{ name: 'title', value: 'x' }])
    expect(describeCall(TOOL, undefined).details).toEqual([])
  })
})
