import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser } from './test-support/browser.ts'
import { createGate } from './test-support/gate.ts'
import { redeem } from './test-support/redeem.ts'
import { tokensIn } from './test-support/tokens-of.ts'
import { refOf, startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

const refreshTokenOf = async (browser: Browser) => (await tokensIn(world, browser)).refreshToken
const revocation = () => world.audit.find(({ event }) => event === 'refresh_token_revocation')

/** In alice's browser: she has not signed out. */
async function bobSignsInAt(alice: Browser): Promise<Browser> {
  const bob = world.browser('bob')
  for (const [name, value] of alice.cookies) bob.cookies.set(name, value)
  await bob.navigate('/auth/sign-in')
  expect(await whoIs(bob)).toBe('bob')
  return bob
}

test('the refresh token of a user session is revoked when another user signs in in the same browser; other tokens are valid', async () => {
  const [alice, elsewhere] = [await world.signedIn('alice'), await world.signedIn('alice')]
  const [ref, token] = [await refOf(alice), await refreshTokenOf(alice)]
  const bob = await bobSignsInAt(alice)
  while (!revocation()) await new Promise(setImmediate)
  expect(world.audit.filter((event) => 'userSession' in event && event.userSession === ref)).toMatchObject([
    { event: 'signed_in' },
    { event: 'signed_out' },
    { event: 'refresh_token_revocation', outcome: 'revoked' },
  ])
  const tokens = [token, await refreshTokenOf(bob), await refreshTokenOf(elsewhere)]
  expect(await Promise.all(tokens.map((one) => redeem(world.issuer, one)))).toEqual([400, 200, 200])
  expect([await whoIs(alice), await whoIs(elsewhere)]).toEqual([401, 'alice'])
  expect(await world.keys(`*${ref}*`)).toEqual([])
})

test('a sign-in waits for no revocation of the replaced user session’s refresh token, and does not fail with it', async () => {
  const alice = await world.signedIn('alice')
  const { gate, reached, open } = createGate()
  world.issuer.misbehaviour = { revocation: { status: 500, before: gate } }
  await bobSignsInAt(alice)
  await reached()
  open()
  while (!revocation()) await new Promise(setImmediate)
  expect(revocation()).toMatchObject({ outcome: 'unavailable' })
})

test('the refresh token of a user session that the same user replaces is not revoked: the issuer may end the new one with it', async () => {
  const alice = await world.signedIn()
  const ref = await refOf(alice)
  await alice.navigate('/auth/sign-in')
  expect(await whoIs(alice)).toBe('alice')
  expect(await world.keys(`*${ref}*`)).toEqual([])
  expect(revocation()).toBeUndefined()
  expect(await redeem(world.issuer, await refreshTokenOf(alice))).toBe(200)
})
