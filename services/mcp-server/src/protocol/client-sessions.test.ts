import { expect, test } from '@jest/globals'
import { createClientSessions } from './client-sessions.ts'

const sessions = createClientSessions({ sealWith: 'k', keys: { k: 'k'.repeat(43) } })
const begin = (name: string) => {
  const params = { capabilities: { elicitation: { url: {} } }, clientInfo: { name } }
  return sessions.begin({ method: 'initialize', params }) ?? ''
}

test('each session is sealed for a place of its own, and opens only there', () => {
  const [one, same] = [begin('Editor'), begin('Editor')]
  for (const id of [one, same]) expect(sessions.read(id)).toEqual({ showsLinks: true, name: 'Editor' })
  const [place, ...sealed] = one.split('.')
  const [other] = same.split('.')
  expect(other).not.toBe(place)
  for (const id of [[other, ...sealed], sealed]) expect(sessions.read(id.join('.'))).toBeUndefined()
})
