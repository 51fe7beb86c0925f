import { type UserSessionRef, UserTokens, userSessionKey, userTokensKey } from '@agent-identity/contracts'
import { createLogger, createSealer } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { keyRing } from './test-support/key-ring.ts'
import { IDLE_SECONDS, refOf, startWorld, type World } from './test-support/world.ts'
import { createUserTokensRecords } from './user-tokens-records.ts'

let world: World
let ref: UserSessionRef
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(async () => {
  await world.reset()
  ref = await refOf(await world.signedIn())
  world.issuer.grants.length = 0
})
afterAll(() => world.stop())

const SIGNED_OUT = { outcome: 'signed-out' }
const accessToken = () => world.replicas[0].tokens.accessToken(ref, { minimumSeconds: 0 })
const stored = () => world.redis.get(userTokensKey(ref))

describe('a tokens record', () => {
  test('that was altered, or moved from another user session, is not opened', async () => {
    const sealed = (await stored()) ?? ''
    const bob = await world.signedIn('bob')
    const foreign = await world.redis.get(userTokensKey(await refOf(bob)))
    const middle = Math.floor(sealed.length / 2)
    // The last characters of base64url may hold few bits: another text could be the same bytes.
    const altered = sealed.slice(0, middle) + (sealed.at(middle) === 'A' ? 'B' : 'A') + sealed.slice(middle + 1)
    for (const bad of [altered, foreign ?? '', 'nonsense']) {
      await world.redis.set(userTokensKey(ref), bad, 'KEEPTTL')
      expect(await accessToken()).toEqual(SIGNED_OUT)
      expect(world.replicas[0].tokens.ofEnded({ ref, sealedTokens: bad })).toEqual({})
    }
    expect(world.issuer.grants).toEqual(['authorization_code'])
    await world.redis.set(userTokensKey(ref), sealed, 'KEEPTTL')
    expect((await accessToken()).outcome).toBe('token')
  })

  test('is not used without its user session', async () => {
    const sealer = createSealer(keyRing('t1', 't1'), 'user tokens')
    const tokens = UserTokens.parse(JSON.parse(sealer.open((await stored()) ?? '', userTokensKey(ref))))
    await world.redis.del(userSessionKey(ref))
    expect(await accessToken()).toEqual(SIGNED_OUT)
    await world.redis.del(userTokensKey(ref))
    expect(await world.replicas[0].tokens.save(ref, tokens, IDLE_SECONDS)).toBe(false)
    expect(await world.userRecords()).toEqual([])
  })

  test('that is gone when the issuer refuses it has been ended by another: that one is audited', async () => {
    const log = createLogger({ service: 'test', level: 'silent' })
    const records = createUserTokensRecords({ redis: world.redis, userTokensKeys: keyRing('t1', 't1'), log })
    const seen = await records.read(ref)
    if (!seen) throw new Error('no tokens')
    await world.redis.del(userSessionKey(ref), userTokensKey(ref))
    expect(await records.end(ref, seen)).toBe(false)
  })

  test('opens through a rotation of its keys', async () => {
    const switched = await world.replica({ userTokensKeys: keyRing('t2', 't1', 't2') })
    const finished = await world.replica({ userTokensKeys: keyRing('t2', 't2') })
    const ofEnded = async () => finished.tokens.ofEnded({ ref, sealedTokens: (await stored()) ?? '' })
    expect(await ofEnded()).toEqual({})
    world.advance(60)
    expect((await switched.tokens.accessToken(ref, { minimumSeconds: 3_599 })).outcome).toBe('token')
    expect((await ofEnded()).idTokenHint).toEqual(expect.any(String))
  })
})
