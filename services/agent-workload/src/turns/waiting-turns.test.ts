import type { Authorization, TurnId, TurnStatus, UserRef, UserSessionRef, WaiterId } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { waiterOf, waitingTurns } from './waiting-turns.ts'

const turnId = `${'c'.repeat(22)}.${'t'.repeat(11)}` as TurnId
const person = { owner: 'a'.repeat(22) as UserRef, userSession: 's'.repeat(22) as UserSessionRef }

function waiting(waits: WaiterId[] = [waiterOf(turnId)], status: TurnStatus = 'waiting') {
  const done: string[] = []
  const ports = waitingTurns(
    {
      read: async () => ({ ...person, status }) as never,
      append: async (id, { event, data }) => void done.push(`${event} ${JSON.stringify(data)} to ${id}`),
    },
    { enqueue: async ({ turnId: id, kind }) => void done.push(`${kind} ${id}`) },
  )
  const authorization = (of: Partial<Authorization>) =>
    ({
      id: 'x',
      displayName: 'GitHub',
      ...person,
      waits: waits.map((waiter) => ({ waiter, scopes: '' })),
      ...of,
    }) as Authorization
  const connected = { outcome: 'connected', account: 'alice' } as Authorization['end']
  return { done, ...ports, authorization, connected }
}

test('a turn of this user and user session gets the outcome and goes on', async () => {
  const { done, tell, authorization, connected } = waiting()
  await tell(authorization({ end: connected }))
  const event = 'authorization_completed {"authorizationId":"x","account":"alice"}'
  expect(done.splice(0)).toEqual([`${event} to ${turnId}`, `resume ${turnId}`])
  await tell(authorization({ end: { outcome: 'failed', code: 'expired' } }))
  expect(done).toEqual([
    `authorization_failed {"authorizationId":"x","code":"expired"} to ${turnId}`,
    `resume ${turnId}`,
  ])
})

test('a turn whose consent was set aside is told for which one, and waits on', async () => {
  const { done, tellSetAside, authorization } = waiting()
  await tellSetAside(authorization({}), authorization({ displayName: 'Slack' }))
  expect(done).toEqual([
    `authorization_set_aside {"authorizationId":"x","instead":{"displayName":"Slack"}} to ${turnId}`,
  ])
})

test.each([
  ['of another user', { owner: 'b'.repeat(22) as UserRef }],
  ['of another user session', { userSession: 'o'.repeat(22) as UserSessionRef }],
  ['of a client’s authorization', { userSession: undefined }],
  ['whose authorization has not ended', { end: undefined }],
])('a turn %s hears nothing', async (_which, of) => {
  const { done, tell, authorization, connected } = waiting()
  await tell(authorization({ end: connected, ...of }))
  expect(done).toEqual([])
})

test.each(['done', 'failed'] as const)('a turn that is %s hears nothing', async (status) => {
  const { done, tell, authorization, connected } = waiting(undefined, status)
  await tell(authorization({ end: connected }))
  expect(done).toEqual([])
})

test('a waiter that is no turn is passed over', async () => {
  const others = [`${'a'.repeat(22)}.${'r'.repeat(22)}`, `${turnId}}:x`, ' '] as WaiterId[]
  const { done, tell, authorization, connected } = waiting(others)
  await tell(authorization({ end: connected }))
  expect(done).toEqual([])
})
