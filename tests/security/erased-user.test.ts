import { AT_ERASURE, Erasure, erasureKey, RECORDS, type UserRef } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { subjectOf } from '@agent-identity/stand-in-kit/people'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { attacksOn, inAnotherBrowser } from '../support/attack.ts'
import { auditLinesOf } from '../support/audit-lines.ts'
import { keysOfTags, kindOf, type Somebody, somebodyWithEveryRecord } from '../support/every-record.ts'
import type { Answer } from '../support/http-browser.ts'
import type { Person } from '../support/person.ts'
import { untilSuspended, userSessionRefOf } from '../support/redis.ts'
import { connectionLedgerOf, sealerOf, userSessionOf, userTokensOf } from '../support/secrets.ts'
import { logOf, person, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { mendVendor } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const attacks = attacksOn(stack)
const { redis, waiting } = attacks
const elsewhere = replicaOf(stack, 'agent-workload', 1)

let administrator: Person
let bob: Awaited<ReturnType<typeof waiting>>
beforeAll(async () => {
  administrator = person(stack, 'carol')
  await administrator.signIn()
  bob = await waiting()
})
afterAll(() => mendVendor(stack, 'slack'))

const userOf = async (who: Person) => (await userSessionOf(stack, who)).user

const end = (who: Person, json: object, headers: Record<string, string> = {}) =>
  who.api('/api/users/end', { method: 'POST', json, headers })

const eraseMe = (who: Person, headers: Record<string, string> = {}) => who.api('/api/me', { method: 'DELETE', headers })

describe('once an administrator has ended alice', () => {
  let alice: Somebody
  let download: Answer
  let secrets: string[]
  let before: string[]
  let streams: Awaited<ReturnType<Person['stream']>>[]
  let second: Person
  let startedAt: number

  beforeAll(async () => {
    alice = await somebodyWithEveryRecord(stack, attacks)
    // A writer of Redis has put bob's conversation into alice's list.
    const bobs = bob.eventsUrl.split('/')[3]?.split('.')[0] ?? ''
    await redis.zadd(`conversations-of-user:{${alice.tags[1]}}`, Date.now() + 60_000, bobs)
    download = await alice.who.api('/api/me/data')
    await redis.zrem(`conversations-of-user:{${alice.tags[1]}}`, bobs)
    const { accessToken, refreshToken = '', idToken } = await userTokensOf(stack, await userSessionRefOf(alice.who))
    const cookies = await alice.who.browser.jar.getCookies(stack.app)
    const { issuerSession = '' } = await userSessionOf(stack, alice.who)
    alice.tags.push(issuerSession)
    secrets = [accessToken, refreshToken, idToken, alice.tags[0] ?? '', ...cookies.map(({ value }) => value)]
    second = await inAnotherBrowser(alice.who)
    const running = await alice.who.ask('List my repositories')
    alice.tags.push(await userSessionRefOf(second), running.conversationId)
    streams = [await alice.who.stream(running.eventsUrl, undefined, elsewhere)]
    before = await keysOfTags(redis, alice.tags)
    startedAt = Date.now()
    const { subject } = await userOf(alice.who)
    const answers = await Promise.all([end(administrator, { subject }), end(administrator, { subject })])
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, '{"ended":true}'],
      [200, '{"ended":true}'],
    ])
  })

  test('alice’s download had what is alice’s, nothing of bob, no token and no id of a user session', () => {
    expect(download.status).toBe(200)
    expect(download.headers['content-disposition']).toContain('attachment')
    const data = JSON.parse(download.body)
    const { username } = alice.who
    expect(data.user).toMatchObject({ subject: subjectOf(username), email: `${username}@example.com` })
    expect(data.conversations).toHaveLength(2)
    expect(alice.slackAccount).toContain(username)
    for (const own of ['List my repositories', `repo-of-${username}`, alice.slackAccount, 'Mine'])
      expect(download.body).toContain(own)
    expect(data.connections.map(({ status }: { status: string }) => status)).toContain('disconnecting')
    expect(data.asksFirst).toContainEqual({ service: 'GitHub', asksFirst: true })
    expect(data.authorizations.length).toBeGreaterThan(0)
    for (const other of [...secrets, 'eyJ', bob.who.username, 'request_uri'])
      expect(
        download.body.split(other).length > 1
          ? download.body.slice(download.body.indexOf(other) - 200).slice(0, 300)
          : '',
      ).toBe('')
  })

  test('every browser of alice is signed out, and every stream has ended, on every replica', async () => {
    for (const who of [alice.who, second]) {
      expect((await who.api('/api/session')).status).toBe(401)
      expect((await who.api('/api/session', { via: elsewhere })).status).toBe(401)
    }
    for (const stream of streams) await stream.end()
  })

  test('no record is left that the contract says is erased, and most kinds of records were there before', async () => {
    const kinds = new Set(before.map(kindOf))
    const ofOthers = /^(consumed-sign-in|logout-token|mcp-effects|user-tokens:.*lock|rate-limit|[\w-]+:\{agent)/
    const expected = RECORDS.filter(({ key }) => !ofOthers.test(key) && !key.startsWith('erasure'))
    expect(expected.filter((kind) => !kinds.has(kind)).map(({ key }) => key)).toEqual([])
    // A run may still add an authorization to the user's list, and removes it again.
    const left = async () =>
      (await keysOfTags(redis, alice.tags))
        .map((key) => kindOf(key)?.key ?? '')
        .filter((kind) => AT_ERASURE[kind] === 'erased')
    await until(async () => (await left()).length === 0).catch(() => undefined)
    expect(await left()).toEqual([])
  })

  test('every connection is latched; bob’s are not, and bob goes on', async () => {
    const user = alice.tags[1] as UserRef
    const recordOf = async (provider: string) => {
      const { value } = await connectionLedgerOf(stack, redis).read(user, provider)
      return value?.connections[0]
    }
    const github = await recordOf('github')
    expect(github).toMatchObject({ status: 'disconnected', outcome: 'revoked', granted: '' })
    expect(github).not.toHaveProperty('entry')
    // The vendor has not revoked the token yet.
    expect((await recordOf('slack'))?.status).toBe('disconnecting')
    await attacks.finishes(bob)
  })

  test('the audit trail says who did it to whom, by fingerprints alone', async () => {
    const trail = async () => {
      const lines = auditLinesOf(await logOf(stack)).filter(({ time }) => Date.parse(time) >= startedAt)
      const [asked] = lines.filter((line) => line.event === 'erasure_asked')
      const ofErased = { userFingerprint: asked?.erasedUserFingerprint }
      const erased = lines.filter((line) => line.event === 'user_erased')
      const signedOut = lines.filter((line) => line.event === 'signed_out_by_erasure')
      const userSessions = new Set(signedOut.map(({ userSessionFingerprint }) => userSessionFingerprint))
      return { lines, asked, ofErased, erased, signedOut, userSessions }
    }
    // Each of the two requests may have done a part of the erasure.
    await until(async () => {
      const { erased, userSessions } = await trail()
      return erased.length > 0 && userSessions.size >= 2
    })
    const { lines, asked, ofErased, erased, signedOut, userSessions } = await trail()
    for (const line of [...erased, ...signedOut]) expect(line).toMatchObject(ofErased)
    expect(asked?.userFingerprint).not.toBe(asked?.erasedUserFingerprint)
    expect(userSessions.size).toBe(2)
    expect(JSON.stringify(lines)).not.toContain(alice.who.username)
  })
})

describe('a user erases themselves', () => {
  test('only from our own page, and is told what became of each account', async () => {
    const { who, startUrl, stream } = await waiting()
    await who.connect(startUrl)
    await stream.answer()
    expect((await eraseMe(who, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    const answer = await eraseMe(who)
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      // The revocation may not be over yet.
      {
        connections: [expect.objectContaining({ displayName: 'GitHub', status: expect.stringMatching(/^disconnect/) })],
      },
    ])
    expect((await who.api('/api/session')).status).toBe(401)
    expect((await eraseMe(who)).status).toBe(401)

    // An ID token from the same second as the erasure is refused.
    await until(async () => (await who.signIn()).status === 200)
    expect(JSON.parse((await who.api('/api/me/data')).body).conversations).toEqual([])
    const rows = async () =>
      JSON.parse((await who.api('/api/connections')).body) as { provider: string; outcome?: string }[]
    await until(async () => (await rows()).some((row) => row.provider === 'github' && row.outcome === 'revoked'))
    const again = await who.ask('List my repositories')
    expect((await again.stream.next('authorization_required')).data.disconnectedAt).toBeDefined()
  })

  test('also as an administrator, who may sign in again', async () => {
    const { subject } = await userOf(administrator)
    expect((await end(administrator, { subject })).status).toBe(200)
    expect((await administrator.api('/users')).status).toBe(404)
    await until(async () => (await administrator.signIn()).status === 200)
  })

  test('and the replica dies in the middle: another one finishes the erasure', async () => {
    const { who, eventsUrl } = await waiting()
    await untilSuspended(redis, eventsUrl)
    const user = await userOf(who)
    const ref = userRef(user)
    // As when a process dies right after it has written the mark.
    const sealer = sealerOf(stack, 'TURN_KEYS', 'erasure')
    const mark: Erasure = { endedAt: Date.now(), by: 'user', requestId: 'died', state: 'begun' }
    await redis.set(erasureKey(ref), sealer.seal(JSON.stringify(mark), erasureKey(ref)), 'EX', 600)
    await redis.zadd('erasures-due:{agent-workload}', Date.now(), ref)
    await until(async () => (await who.api('/api/session')).status === 401)
    await until(async () => (await redis.zscore('erasures-due:{agent-workload}', ref)) === null)
    const conversation = eventsUrl.split('/')[3]?.split('.')[0] ?? ''
    expect(await redis.keys(`*{${conversation}}*`)).toEqual([])
    const over = Erasure.parse(JSON.parse(sealer.open((await redis.get(erasureKey(ref))) ?? '', erasureKey(ref))))
    expect(over).toMatchObject({ state: 'over', requestId: 'died' })
  })
})

describe('a writer of Redis', () => {
  test('who forges the mark keeps a user from signing in and from asking, and no more; without it the user goes on', async () => {
    const who = await signedIn(stack)
    const ref = userRef(await userOf(who))
    await redis.set(erasureKey(ref), 'forged', 'EX', 600)
    expect((await who.postTurn({ message: 'List my repositories' })).status).toBe(401)
    expect((await who.api('/api/session')).status).toBe(200)
    const again = await inAnotherBrowser(who)
    expect((await again.api('/api/session')).status).toBe(401)
    await redis.del(erasureKey(ref))
    expect((await who.postTurn({ message: 'List my repositories' })).status).toBe(202)
  })

  test('who deletes the mark of an erased user gives back no user session and no list of conversations', async () => {
    const { who } = await waiting()
    const ref = userRef(await userOf(who))
    expect((await eraseMe(who)).status).toBe(200)
    await redis.del(erasureKey(ref))
    expect((await who.api('/api/session')).status).toBe(401)
    expect((await redis.keys(`*{${ref}}*`)).map((key) => kindOf(key)?.key)).not.toContain(
      'conversations-of-user:{user}',
    )
  })
})
