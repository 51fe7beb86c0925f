import { type UserSessionRef, UserTokens, userTokensKey } from '@agent-identity/contracts'
import { createSealer } from '@agent-identity/service-runtime'
import type { AccessTokenOutcome } from '../index.ts'
import type { Browser } from './browser.ts'
import { keyRing } from './key-ring.ts'
import { refOf, type World } from './world.ts'

export const SIGNED_OUT = { outcome: 'signed-out' }
export const UNAVAILABLE = { outcome: 'unavailable' }
/** Once the clock was advanced, only a new token lasts that long. */
export const aLongerLife = { minimumSeconds: 3_599 }
export const tokenOf = (outcome: AccessTokenOutcome) =>
  outcome.outcome === 'token' ? outcome.accessToken : outcome.outcome

/** As a replica returns them, and as they are in Redis. */
export function tokensOf(world: World, ref: UserSessionRef) {
  const stored = () => world.redis.get(userTokensKey(ref))
  return {
    stored,
    accessToken: (replica: 0 | 1 = 0, need = aLongerLife) => world.replicas[replica].tokens.accessToken(ref, need),
    opened: async () =>
      UserTokens.parse(
        JSON.parse(createSealer(keyRing('t1', 't1'), 'user tokens').open((await stored()) ?? '', userTokensKey(ref))),
      ),
  }
}

export const tokensIn = async (world: World, browser: Browser) => tokensOf(world, await refOf(browser)).opened()

/** In an empty Redis. */
export async function signInAlone(world: World) {
  await world.reset()
  const alice = await world.signedIn()
  const ref = await refOf(alice)
  world.issuer.grants.length = 0
  return { alice, ref, tokens: tokensOf(world, ref) }
}
