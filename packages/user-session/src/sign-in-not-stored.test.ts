import { USER_SESSION_ENDED_CHANNEL } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { logoutsAt } from './test-support/logouts.ts'
import { comeBack, expectRefusal } from './test-support/sign-in-steps.ts'
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
  const mayConsume = '(+set ~consumed-sign-in:*)'
  await world.redis.call(
    'ACL',
    'SETUSER',
    'no-writer',
    'reset',
    'on',
    '>secret',
    '~*',
    '&*',
    '+@all',
    '-set',
    mayConsume,
  )
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
  ['whose tokens cannot be stored', { beforeTokens: () => Promise.reject(new Error('lost')) }, 500],
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

test('a sign-in whose user session the issuer ends before its tokens are stored is refused, and leaves no refresh token at the issuer', async () => {
  const { token, send } = logoutsAt(world)
  let isEnded = true
  const revoked = Promise.withResolvers<void>()
  const replica = await world.replica({
    issuerEndsSessions: true,
    beforeTokens: async () => isEnded && (await send(token(), replica.url)),
    onAudit: ({ event }) => void (event === 'refresh_token_revocation' && revoked.resolve()),
  })
  const alice = world.browser('alice', [replica])
  expectRefusal(await alice.ask((await comeBack(alice)).href))
  await revoked.promise
  expect(await world.userRecords()).toEqual([])
  const requestId = 'a-request'
  const user = userRef({ issuer: world.issuer.url, subject: 'alice' })
  const who = { requestId, user, userSession: expect.any(String) }
  expect(world.audit).toEqual([
    { event: 'signed_out_by_issuer', ...who },
    { event: 'sign_in_refused', requestId, reason: 'ended-meanwhile' },
    { event: 'refresh_token_revocation', ...who, outcome: 'revoked' },
  ])
  isEnded = false
  await alice.navigate('/auth/sign-in')
  expect(await whoIs(alice)).toBe('alice')
})

test.each([
  ['once is ended by the second attempt', 1, 0, 0],
  ['twice expires, and the log says so', 2, 2, 1],
])(
  'the new user session of an erased user whose end fails %s; no cookie is sent, and the refresh token is revoked',
  async (_what, failures, records, lines) => {
    const redis = await world.redisServer.connect()
    const evalsha = redis.evalsha.bind(redis) as (...command: unknown[]) => Promise<unknown>
    let left = 0
    redis.evalsha = (async (...command: unknown[]) => {
      if (command.includes(USER_SESSION_ENDED_CHANNEL) && left-- > 0) throw new Error('the end is lost')
      return evalsha(...command)
    }) as typeof redis.evalsha
    const revoked = Promise.withResolvers<void>()
    const onAudit = ({ event }: { event: string }) => void (event === 'refresh_token_revocation' && revoked.resolve())
    /** By now the user session and its tokens are stored. */
    const isErased = async () => {
      left = failures
      return true
    }
    const alice = world.browser('alice', [await world.replica({ redis, isErased, onAudit })])
    expect(await alice.ask((await comeBack(alice)).href)).toMatchObject({ status: 500, setCookies: [] })
    expect(await world.userRecords()).toHaveLength(records)
    expect(world.matching('an incomplete user session could not be removed')).toHaveLength(lines)
    await revoked.promise
    expect(world.issuer.revoked).toHaveLength(1)
  },
)
