import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { comeBack } from './test-support/sign-in-steps.ts'
import { refOf, startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

test('a sign-in whose user session cannot be stored leaves no refresh token at the issuer; that of before has ended, with its trail', async () => {
  const ended: string[] = []
  const revoked = Promise.withResolvers<void>()
  await world.redis.call('ACL', 'SETUSER', 'no-writer', 'reset', 'on', '>secret', '~*', '&*', '+@all', '-set')
  const broken = await world.replica({
    redis: await world.redisServer.connect({ username: 'no-writer', password: 'secret' }),
    onSignOut: async (ref) => void ended.push(ref),
    onAudit: ({ event }) => void (event === 'refresh_token_revocation' && revoked.resolve()),
  })
  const alice = world.browser('alice', [...world.replicas, broken])
  await alice.navigate('/auth/sign-in')
  const before = await refOf(alice)
  world.audit.length = 0
  const { href } = await comeBack(alice)
  expect(await alice.ask(href, { replica: 2 })).toMatchObject({ status: 500, setCookies: [] })
  expect(await world.userRecords()).toEqual([])
  expect(ended).toEqual([before])
  await revoked.promise
  const who = { requestId: 'a-request', user: userRef({ issuer: world.issuer.url, subject: 'alice' }) }
  expect(world.audit).toEqual([
    { event: 'signed_out', ...who, userSession: before },
    { event: 'refresh_token_revocation', ...who, outcome: 'revoked' },
  ])
  await alice.navigate('/auth/sign-in')
  expect(await whoIs(alice)).toBe('alice')
})

test.each([
  ['whose tokens cannot be stored', { tokensAreLost: true }, 500],
  ['of a user who is being erased', { isErased: async () => true }, 400],
])(
  'a sign-in %s leaves no refresh token at the issuer, and the trail names its user session',
  async (_what, given, status) => {
    const revoked = Promise.withResolvers<void>()
    const onAudit = ({ event }: { event: string }) => void (event === 'refresh_token_revocation' && revoked.resolve())
    const alice = world.browser('alice', [await world.replica({ ...given, onAudit })])
    world.audit.length = 0
    expect((await alice.ask((await comeBack(alice)).href)).status).toBe(status)
    await revoked.promise
    expect(await world.userRecords()).toEqual([])
    expect(world.audit.at(-1)).toEqual({
      event: 'refresh_token_revocation',
      requestId: 'a-request',
      user: userRef({ issuer: world.issuer.url, subject: 'alice' }),
      userSession: expect.any(String),
      outcome: 'revoked',
    })
  },
)
