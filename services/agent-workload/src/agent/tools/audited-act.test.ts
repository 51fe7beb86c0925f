import { VendorError } from '@agent-identity/provider-kit'
import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { auditedAct, type ToolAudit } from '@agent-identity/tools'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { accessThat, authorizationId, NOW, outcomeOf, plainMemory, runTurn } from '../test-support/agent-harness.ts'
import { workingVendors } from '../test-support/working-vendors.ts'

type Said = Parameters<ToolAudit>[0]

const TOKEN = 'vendor-secret-token'
const token = { outcome: 'token', accessToken: TOKEN } as const

describe('the audit trail of a tool', () => {
  let vendor: Awaited<ReturnType<typeof startVendorStub>>
  let said: Said[]
  beforeAll(async () => {
    vendor = await startVendorStub()
  })
  afterAll(() => vendor.stop())
  beforeEach(() => {
    said = []
    vendor.answer(workingVendors(TOKEN, NOW))
  })
  const ask = (question: string, access: ReturnType<typeof accessThat>) =>
    outcomeOf(
      runTurn({ url: vendor.url, access, memory: plainMemory(), audit: (event) => void said.push(event) }, question),
    )

  test('has the intent and the outcome of each act, and no content', async () => {
    const { text } = await ask('What is on my calendar today?', accessThat({ 'google-calendar': token }))
    expect(text).toContain('Stand-up')
    const action = {
      tool: 'list_calendar_events',
      provider: 'google-calendar',
      credential: 'user',
      scopes: ['https://www.googleapis.com/auth/calendar.events.readonly'],
      actionId: expect.stringMatching(/^[\w-]{11}$/),
    }
    expect(said).toEqual([
      { event: 'tool_intended', ...action },
      { event: 'tool_acted', ...action, outcome: 'succeeded' },
    ])
    expect(said[0]?.actionId).toBe(said[1]?.actionId)
    for (const secret of [TOKEN, 'Stand-up']) expect(JSON.stringify(said)).not.toContain(secret)
  })

  test('has no line for a tool that has to wait for its user', async () => {
    await ask(
      'What is on my calendar today?',
      accessThat({ 'google-calendar': { outcome: 'authorization-required', authorizationId: authorizationId('i') } }),
    )
    expect(said).toEqual([])
  })

  test('has each of two acts when the vendor rejects the first token', async () => {
    await ask(
      'What is on my calendar today?',
      accessThat({ 'google-calendar': { ...token, accessToken: 'stale' }, 'google-calendar rejected': token }),
    )
    expect(said.map((event) => ('outcome' in event ? `${event.outcome} ${event.reason}` : 'intended'))).toEqual([
      'intended',
      'refused token-rejected',
      'intended',
      'succeeded undefined',
    ])
    expect(new Set(said.map(({ actionId }) => actionId)).size).toBe(2)
  })
})

describe('an act that does not succeed', () => {
  const tool = { name: 'open_issue', provider: { id: 'github', credential: 'user' }, scopes: ['repo'] } as const
  const acted = async (act: () => Promise<unknown>) => {
    const said: Said[] = []
    await auditedAct(tool, (event) => void said.push(event), act).catch(() => undefined)
    return said.at(-1)
  }

  test.each([
    ['a refusal', new VendorError('not-found', 404), 'refused', 'not-found'],
    ['no answer', new VendorError('unavailable'), 'unknown', 'unavailable'],
    ['a programming error', new Error('a secret'), 'unknown', 'unexpected'],
  ])('because of %s', async (_what, error, outcome, reason) => {
    expect(await acted(() => Promise.reject(error))).toMatchObject({ event: 'tool_acted', outcome, reason })
  })

  test('because its process was killed leaves the intent', () => {
    const said: Said[] = []
    void auditedAct(
      tool,
      (event) => void said.push(event),
      () => new Promise(() => {}),
    )
    expect(said).toEqual([expect.objectContaining({ event: 'tool_intended', tool: 'open_issue', credential: 'user' })])
  })
})
