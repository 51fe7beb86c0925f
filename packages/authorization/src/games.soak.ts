import { randomInt } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { violations } from './test-support/game.ts'

/** About five minutes on one quiet core. */
const GAMES = 20_000

test.each(['token', 'grant'] as const)(
  'no game is lost at a vendor that ends a %s, with other games each time',
  async (vendorEnds) => {
    expect(await violations(GAMES, { vendorEnds }, randomInt(2 ** 30))).toEqual([])
  },
  1_800_000,
)
