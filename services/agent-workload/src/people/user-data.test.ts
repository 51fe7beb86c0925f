import type { CurrentUserSession } from '@agent-identity/user-session'
import { beforeEach, expect, test } from '@jest/globals'
import { nothingKept } from './test-support/nothing-kept.ts'
import { type UserDataPorts, userData } from './user-data.ts'

const ID = `${'s'.repeat(22)}.${'x'.repeat(22)}`

const warned: unknown[] = []
beforeEach(() => void warned.splice(0))

async function downloaded(conversations: Partial<UserDataPorts['conversations']>, changed: object = {}) {
  const ports = {
    ...nothingKept,
    conversations: {
      ...nothingKept.conversations,
      list: async () => ['c'],
      turnsOf: async () => [{ turnId: 't', turn: { createdAt: 1, message: `a\n${ID}`, status: 'done' } }],
      memoryOf: async () => ({ [`\t${ID}`]: [`"${ID}"`], startUrl: 'x', kept: null }),
      ...conversations,
    },
    log: { warn: (...line: unknown[]) => void warned.push(line) },
    ...changed,
  } as unknown as UserDataPorts
  let text = ''
  for await (const part of await userData({ user: {}, userRef: 'u' } as CurrentUserSession, ports)) text += part
  return JSON.parse(text)
}
const conversationOf = async (conversations: Partial<UserDataPorts['conversations']>) =>
  (await downloaded(conversations)).conversations[0]

test('has no id of an authorization, in values and names, and is JSON whatever stands before one', async () => {
  const { turns, memory } = await conversationOf({})
  expect([turns[0].message, memory]).toEqual(['a\n…', { '\t…': ['"…"'], kept: null }])
})

test('says what does not open, and has the rest; the log has the reason', async () => {
  const no = () => Promise.reject(new Error('no key opens it'))
  expect(await conversationOf({ memoryOf: no, eventsOf: no })).toEqual({
    turns: [{ askedAt: expect.any(String), message: 'a\n…', status: 'done', changes: [] }],
    leftOutBecauseItDoesNotOpen: ['events of turn 1', 'memory'],
  })
  const err = expect.objectContaining({ message: 'no key opens it' })
  expect(warned).toEqual(['events of turn 1', 'memory'].map((part) => [{ err, part }, expect.any(String)]))
  expect(await conversationOf({ turnsOf: no })).toMatchObject({ turns: [], leftOutBecauseItDoesNotOpen: ['turns'] })
})

test('says that a turn does not open, and how many conversations do not', async () => {
  const turn = { createdAt: 1, message: 'a', status: 'done' }
  const turnsOf = async () => [{ turnId: 't' }, { turnId: 'u', turn }] as never
  expect(await downloaded({ turnsOf, unreadable: async () => 2 })).toMatchObject({
    conversations: [{ turns: [{ message: 'a' }], leftOutBecauseItDoesNotOpen: ['turn 1'] }],
    conversationsThatDoNotOpen: 2,
  })
  expect(await downloaded({})).not.toHaveProperty('conversationsThatDoNotOpen')
})

test('breaks off when Redis is away: a file without the rest would look whole', async () => {
  const away = () => Promise.reject(Object.assign(new Error('x'), { name: 'MaxRetriesPerRequestError' }))
  await expect(downloaded({ memoryOf: away })).rejects.toThrow('x')
})

test('has whether the user is asked first, also a choice at a provider that is not offered now', async () => {
  const known = ['offered', 'not-offered', 'without-choice'].map((id) => [
    id,
    { id, displayName: id, readOnly: id !== 'offered' },
  ])
  const askFirst = {
    isOn: async () => false,
    chosen: async (_user: string, id: string) => id === 'not-offered' || undefined,
  }
  expect((await downloaded({}, { known: new Map(known as []), askFirst })).asksFirst).toEqual([
    { service: 'offered', asksFirst: false },
    { service: 'not-offered', asksFirst: true },
  ])
})
