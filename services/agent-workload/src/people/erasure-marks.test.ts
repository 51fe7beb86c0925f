import { describe, expect, test } from '@jest/globals'
import { ALICE, NOW, OVER, world } from './test-support/erasing.ts'

const OLDER = { erasure: { endedAt: NOW - 9, by: 'user', requestId: 'o', state: 'over' }, stored: 'o' } as const
const UNREADABLE = { erasure: { ...OLDER.erasure, endedAt: NOW * 2 }, stored: 'u', isUnreadable: true } as const

describe('a mark that was written', () => {
  test.each([
    ['is lost', undefined],
    ['does not open', UNREADABLE],
    ['is an older one', OLDER],
  ] as const)(
    'and then %s is written again: the caller is not told "ended" while nothing was erased',
    async (_what, put) => {
      const { state, ports, end } = world()
      const { write } = ports.records
      let isPut = false
      ports.records.write = async (...change) => {
        const written = await write(...change)
        if (!isPut) state.mark = put
        isPut = true
        return written
      }
      await end()
      expect(state).toMatchObject(OVER)
    },
  )

  test('and does not stay is an error', async () => {
    const { state, ports, end } = world()
    const { write } = ports.records
    ports.records.write = async (...change) => {
      const written = await write(...change)
      state.mark = undefined
      return written
    }
    await expect(end()).rejects.toThrow('does not stay')
    expect(state.due).toBeDefined()
  })
})

describe('a mark that is due', () => {
  const begun = (endedAt: number) =>
    ({ erasure: { endedAt, by: 'user', requestId: 'o', state: 'begun' }, stored: 'o' }) as const
  const A_DAY = 24 * 3_600_000

  test.each([
    ['does not open', UNREADABLE],
    ['was begun more than a day ago, and may have been put back', begun(NOW - A_DAY - 1)],
  ] as const)('and %s ends and erases nothing, names no user, stays due, and is alarmed', async (_what, put) => {
    const { state, steps, erasures, audited, logged } = world()
    state.mark = put
    state.due = NOW
    const before = structuredClone(state)
    expect(await erasures.settle(ALICE)).toEqual({ later: NOW + 5 * 60_000 })
    expect([state, steps, audited]).toEqual([before, [], []])
    // `infra/constructs/service-alarms.ts` counts this line.
    expect(logged).toEqual(['an erasure does not go on: its mark does not open, or is too old'])
  })

  test('and was begun within a day is carried out', async () => {
    const { state, erasures, audited, logged } = world()
    state.mark = begun(NOW - A_DAY)
    await erasures.settle(ALICE)
    expect([state.mark?.erasure.state, audited, logged]).toEqual(['over', ['user_erased'], []])
  })

  test('and does not open is replaced when the user, or an administrator, asks again', async () => {
    const { state, end, logged } = world()
    state.mark = UNREADABLE
    await end()
    expect(state).toMatchObject(OVER)
    expect(logged).toEqual([])
  })
})
