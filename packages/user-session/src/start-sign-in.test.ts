import { sha256 } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { startWorld, type World } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

test('the browser leaves with a challenge; the verifier is sealed, in no address and no cookie, and matches no other sent value', async () => {
  const alice = world.browser()
  const { location } = await alice.navigate('/auth/sign-in', { stopBefore: world.issuer.url })
  const parameters = new URL(location ?? '').searchParams
  const challenge = parameters.get('code_challenge') ?? ''
  expect(parameters.get('code_challenge_method')).toBe('S256')
  expect(Buffer.from(challenge, 'base64url')).toHaveLength(32)
  const known = [...parameters.values(), ...alice.cookies.values(), location ?? '']
  for (const value of known) expect(sha256(value)).not.toBe(challenge)
  for (const value of [parameters.get('state'), parameters.get('nonce')]) expect(value).not.toBe(challenge)
  const [key = ''] = await world.keys('sign-in:*')
  expect(key).toContain(sha256(parameters.get('state') ?? ''))
})

test('two sign-ins of one browser differ in state, nonce and challenge', async () => {
  const alice = world.browser()
  const left: (string | null)[] = []
  for (let n = 0; n < 2; n++) {
    const { location } = await alice.navigate('/auth/sign-in', { stopBefore: world.issuer.url })
    const { searchParams } = new URL(location ?? '')
    left.push(searchParams.get('state'), searchParams.get('nonce'), searchParams.get('code_challenge'))
  }
  expect(new Set(left).size).toBe(6)
})
