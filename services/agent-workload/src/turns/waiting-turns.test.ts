import type { TurnId, UserRef, UserSessionRef, WaiterId } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { waiterOf, waitingTurns } from './waiting-turns.ts'

const turnId = `${'c'.repeat(22)}.${'t'.repeat(11)}` as TurnId
const person = { owner: 'a'.repeat(22) as UserRef, userSession: 's'.repeat(22) as UserSessionRef }
const event = { event: 'authorization_completed', data: { authorizationId: 'x' } } as never

function waiting() {
  const done: string[] = []
  const ports = waitingTurns(
    {
      async read(id) {
        done.push(`read ${id}`)
        return person as never
      },
      append: async (id) => void done.push(`append ${id}`),
    },
    { enqueue: async ({ turnId: id, kind }) => void done.push(`${kind} ${id}`) },
  )
  return { done, ...ports }
}

test('a turn of this user and user session gets the outcome and resumes', async () => {
  const { done, isOf, tell, resume } = waiting()
  expect(await isOf(waiterOf(turnId), person)).toBe(true)
  expect(await isOf(waiterOf(turnId), { ...person, owner: 'b'.repeat(22) as UserRef })).toBe(false)
  await tell(waiterOf(turnId), event)
  await resume(waiterOf(turnId))
  expect(done.slice(2)).toEqual([`append ${turnId}`, `resume ${turnId}`])
})

test('what is no turn, in a set that anyone who writes to Redis can change, is passed over', async () => {
  const { done, isOf, tell, resume } = waiting()
  for (const forged of [`${'a'.repeat(22)}.${'r'.repeat(22)}`, `${turnId}}:x`, ' '] as WaiterId[]) {
    expect(await isOf(forged, person)).toBe(false)
    await tell(forged, event)
    await resume(forged)
  }
  expect(done).toEqual([])
})
