import { describe, expect, test } from '@jest/globals'
import { ALICE, NOW, OVER, world } from './test-support/erasing.ts'

describe('a mark that was written', () => {
  const OLDER = { erasure: { endedAt: NOW - 9, by: 'user', requestId: 'o', state: 'over' }, stored: 'o' } as const
  const UNREADABLE = { erasure: { ...OLDER.erasure, endedAt: NOW * 2 }, stored: 'u', isUnreadable: true } as const

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

  test('and does not open when another replica goes on counts as begun now', async () => {
    const { state, erasures, audited } = world()
    state.mark = UNREADABLE
    state.due = NOW
    await erasures.settle(ALICE)
    expect([state.mark, audited, state.due]).toMatchObject([
      { erasure: { state: 'over', endedAt: NOW } },
      ['user_erased'],
      undefined,
    ])
  })
})
