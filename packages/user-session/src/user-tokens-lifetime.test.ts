import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { NOW, REF, startTokenWorld, type TokenWorld, tokensFor } from './test-support/token-store.ts'

let world: TokenWorld
beforeAll(async () => {
  world = await startTokenWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

test.each([
  ['exactly as long as needed', 100, 'r', { accessToken: 'for 100 seconds', expiresAt: NOW + 100_000 }],
  ['a second less', 99, 'r', { accessToken: 'refreshed', expiresAt: NOW + 60_000 }],
  ['a second less, without a refresh token', 99, undefined, { accessToken: 'for 99 seconds' }],
  ['one more second, without a refresh token', 1, undefined, { accessToken: 'for 1 seconds' }],
])('an access token that is valid for %s', async (_name, seconds, refreshToken, expected) => {
  const { save, accessToken } = world.store()
  await save(REF, tokensFor(seconds, refreshToken), 1_000)
  expect(await accessToken(REF, { minimumSeconds: 100 })).toMatchObject({ outcome: 'token', ...expected })
})

test('an access token that expires now, without a refresh token, is not returned', async () => {
  const { save, accessToken } = world.store()
  await save(REF, tokensFor(0), 1_000)
  expect(await accessToken(REF, { minimumSeconds: 100 })).toEqual({ outcome: 'signed-out' })
})
