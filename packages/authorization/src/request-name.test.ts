import { ConnectionId } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { whileHeld } from './disconnected-while-asked.ts'
import { requestName, startingOver } from './request-name.ts'
import { user } from './test-support/turn-access.ts'

test('no two different requests of a turn have the same name, so that none is answered by the other’s authorization', () => {
  const ref = { user, provider: 'github', named: undefined }
  const named = (letter: string) => ({ ...ref, named: ConnectionId.parse(letter.repeat(11)) })
  const names = [
    requestName(ref, ['repo'], 0),
    requestName(ref, ['repo'], 1),
    requestName(ref, ['repo'], 2),
    requestName(ref, ['gist'], 0),
    requestName(ref, ['gist', 'repo'], 0),
    requestName(ref, ['gistrepo'], 0),
    requestName({ ...ref, provider: 'profile' }, ['repo'], 0),
    requestName(named('b'), ['repo'], 0),
    requestName(named('c'), ['repo'], 0),
  ]
  const all = names.flatMap((name) => [name, startingOver(name), whileHeld(name), whileHeld(startingOver(name))])
  expect(new Set(all).size).toBe(4 * names.length)
})
