import { expect, test } from '@jest/globals'
import { violations } from './test-support/game.ts'

/** More games, for longer, are in games.soak.ts. */
const GAMES = 800

test('whatever happens in whatever order, each call is made with a token of the account that its user sees, and nothing is left over', async () => {
  expect(await violations(GAMES, {})).toEqual([])
})

test('also at a vendor that ends a whole grant with one token', async () => {
  expect(await violations(GAMES / 4, { vendorEnds: 'grant' }, 1_000_000)).toEqual([])
})

test('a control: with one entry for all consents, a token of another account is used', async () => {
  const found = await violations(200, { entries: 'shared' })
  expect(found.some((one) => one.startsWith('a call for account'))).toBe(true)
})

test('a control: where superseded tokens are revoked, a vendor that ends whole grants ends a live connection', async () => {
  const found = await violations(200, { vendorEnds: 'grant', revokesSuperseded: true })
  expect(found.some((one) => one.startsWith('a token was ended at the vendor'))).toBe(true)
})
