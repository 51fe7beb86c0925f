import type { TurnId } from '@agent-identity/contracts'
import { beforeEach, expect, it } from '@jest/globals'
import { accessThat, collectingLog, memoryEffects, permissionsThat } from '../agent-harness.ts'
import { type AgentLoopWorld, token } from './world.ts'

const TWO = 'Add Lunch at 12:30 to my calendar and open an issue titled Typo in alice/notes'
const ISSUE = 'Open an issue titled Typo in alice/notes'

export function changesWhatItMay(world: AgentLoopWorld): void {
  let effects: ReturnType<typeof memoryEffects>
  let turns = 0
  let turnId: TurnId
  beforeEach(() => {
    effects = memoryEffects()
    turnId = `confirming-${++turns}` as TurnId
  })
  const run = (permissions: ReturnType<typeof permissionsThat>, question?: string, more = {}) =>
    world.run(accessThat({ github: token, 'google-calendar': token }), question, {
      effects,
      turnId,
      permissions,
      ...more,
    })
  const changes = () => world.vendor().calls.filter(({ method }) => method === 'POST').length

  it('asks one question for all changes beyond the limit, and makes them when they are confirmed', async () => {
    const permissions = permissionsThat({ effectsPerTurn: 0 })
    const asked = await run(permissions, TWO)
    expect(asked.end).toMatchObject({
      type: 'interrupted',
      authorizationIds: [],
      effects: [{}, {}].map(() => expect.anything()),
    })
    expect(changes()).toBe(0)
    expect(permissions.asked).toHaveLength(1)
    expect(permissions.asked[0]?.map(({ shown }) => shown)).toEqual(
      expect.arrayContaining([
        {
          tool: 'open_issue',
          displayName: 'GitHub',
          details: [
            { name: 'repository', value: 'alice/notes' },
            { name: 'title', value: 'Typo' },
          ],
        },
        {
          tool: 'add_calendar_event',
          displayName: 'Google Calendar',
          details: [
            { name: 'title', value: 'Lunch' },
            { name: 'startTime', value: '12:30' },
            { name: 'durationMinutes', value: '60' },
          ],
        },
      ]),
    )
    // Resuming the turn does not answer its question.
    expect((await run(permissions)).end).toMatchObject({ type: 'interrupted' })
    expect(changes()).toBe(0)
    for (const { call } of permissions.asked[0] ?? []) permissions.decisions.set(call.effect, 'confirmed')
    const done = await run(permissions)
    expect(done.text).toContain('Issue #7, "Typo", is open')
    expect(done.text).toContain('Lunch is on your calendar')
    expect([done.end, changes()]).toEqual([{ type: 'done' }, 2])
  })

  it('counts changes before they are made: of two in parallel with room for one, one is made', async () => {
    const permissions = permissionsThat({ effectsPerTurn: 1 })
    const asked = await run(permissions, TWO)
    expect([asked.end?.type, changes(), permissions.asked[0]?.length]).toEqual(['interrupted', 1, 1])
  })

  it('makes no change that the user declines, and tells the model so', async () => {
    const permissions = permissionsThat({ effectsPerTurn: 0 })
    await run(permissions, ISSUE)
    for (const { call } of permissions.asked[0] ?? []) permissions.decisions.set(call.effect, 'declined')
    const declined = await run(permissions)
    expect(declined.text).toContain('The user does not want that done.')
    expect([declined.end, changes()]).toEqual([{ type: 'done' }, 0])
  })

  it('makes no change when the user’s choice or answer cannot be read, and stops', async () => {
    const away = new Error('Redis is away')
    const { log } = collectingLog()
    for (const broken of ['asksFirst', 'decisionOn'] as const) {
      const permissions = { ...permissionsThat({ effectsPerTurn: 0 }), [broken]: () => Promise.reject(away) }
      await expect(run(permissions, ISSUE, { log })).rejects.toBe(away)
    }
    expect(changes()).toBe(0)
  })

  it('makes a limited number of calls for each message, and gives the model an explanation for the rest', async () => {
    const permissions = permissionsThat()
    const limited = await run(permissions, TWO, { toolCallsPerMessage: 1 })
    expect(limited.text).toContain('at most 1 tools are called at a time')
    expect([limited.end, changes(), limited.tools]).toEqual([
      { type: 'done' },
      1,
      ['add_calendar_event started', 'add_calendar_event succeeded'],
    ])
  })
}
