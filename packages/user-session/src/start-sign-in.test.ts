import { sha256 } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { changed, comeBack, expectRefusal } from './test-support/sign-in-steps.ts'
import { startWorld, type World, whoIs } from './test-support/world.ts'

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
})

test('a flood of starts leaves no key in Redis', async () => {
  for (let n = 0; n < 50; n++) {
    const { status } = await world.browser().ask(`/auth/sign-in?return_to=/${'a'.repeat(500)}`)
    expect(status).toBe(302)
  }
  expect(await world.keys('*')).toEqual([])
})

test('a flood of forged returns leaves no key in Redis, and the sign-in can still be finished', async () => {
  const alice = world.browser()
  const returns = await comeBack(alice)
  for (let n = 0; n < 20; n++)
    expectRefusal(await alice.ask(changed(returns, (query) => query.set('code', `a-guess-${n}`))))
  expect(await world.keys('*')).toEqual([])
  await alice.navigate(returns.href)
  expect(await whoIs(alice)).toBe('alice')
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
