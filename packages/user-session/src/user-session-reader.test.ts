import { USER_SESSION_COOKIE, UserSession, userSessionKey } from '@agent-identity/contracts'
import { createSealedRecord, deriveSecrets, userSessionRef } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import { sign } from 'cookie-signature'
import { keyRing } from './test-support/key-ring.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'
import { createUserSessionReader } from './user-session-reader.ts'
import { createUserSessions } from './user-sessions.ts'

const ENDS_AT = 1_900_000_000_000
const KEYS = keyRing('k2', 'k1', 'k2')
const SESSION_ID = 'the-session-id-of-alice'
const ref = userSessionRef(SESSION_ID)
const alice: UserSession = {
  user: { issuer: 'https://issuer.example', subject: 'alice', name: 'Alice' },
  signedInAt: ENDS_AT - 1_000,
  endsAt: ENDS_AT,
  browserHash: 'b'.repeat(43),
}

const { log, matching } = createRecordedLog()
// Literal purposes: a version must read what the previous one sealed and signed.
const sealed = (place = userSessionKey(ref), value = alice, keys = KEYS) =>
  createSealedRecord(keys, 'user session', UserSession, log).seal(value, place)
const [secret = '', older = ''] = deriveSecrets(KEYS, 'user session cookie')
const cookie = (value: string) => `${USER_SESSION_COOKIE}=${encodeURIComponent(value)}`
const COOKIE = cookie(`s:${sign(SESSION_ID, secret)}`)

/** Every key has the value `stored`. */
function readerOf(stored: string | null = sealed(), now = ENDS_AT - 1) {
  const asked: string[] = []
  const redis = {
    get: (key: string) => {
      asked.push(key)
      return Promise.resolve(stored)
    },
  } as never
  return { asked, reader: createUserSessionReader({ redis, userSessionKeys: KEYS, clock: () => now, log }) }
}

const who = async (header: string | undefined, { reader } = readerOf()) =>
  (await reader.of({ headers: { ...(header !== undefined && { cookie: header }) } }))?.user.subject

test('the steps in order: cookie, signature, record name, record, end', async () => {
  const world = readerOf()
  expect(await world.reader.of({ headers: { cookie: COOKIE } })).toMatchObject({ ...alice, ref })
  expect(world.asked).toEqual([userSessionKey(ref)])
})

describe('steps 1 and 2 refuse without a Redis command', () => {
  test.each([
    ['no header', undefined],
    ['no cookie of ours', 'another=1'],
    ['an empty one', `${USER_SESSION_COOKIE}=`],
    ['two of them', `${COOKIE}; ${COOKIE}`],
    ['one without a signature', cookie(`s:${SESSION_ID}`)],
    ['one that is not marked as signed', cookie(sign(SESSION_ID, secret))],
    ['one that is marked otherwise', cookie(`x:${sign(SESSION_ID, secret)}`)],
    ['one in quotes', `${USER_SESSION_COOKIE}="${encodeURIComponent(`s:${sign(SESSION_ID, secret)}`)}"`],
    ['the signature of another id', cookie(`s:${SESSION_ID}.${sign('another', secret).split('.')[1]}`)],
    ['a signature with another secret', cookie(`s:${sign(SESSION_ID, 'x'.repeat(40))}`)],
  ])('%s', async (_name, header) => {
    const world = readerOf()
    expect(await who(header, world)).toBeUndefined()
    expect(world.asked).toEqual([])
  })

  test('and take what came twice out of the header, for what reads it later', async () => {
    const request = { headers: { cookie: `__Host-other=1; ${COOKIE}; __Host-other=2` } }
    expect((await readerOf().reader.of(request))?.ref).toBe(ref)
    expect(request.headers.cookie.trim()).toBe(COOKIE)
    expect(matching('sent twice')).not.toEqual([])
  })

  test('but a key that is being replaced still verifies', async () => {
    expect(await who(cookie(`s:${sign(SESSION_ID, older)}`))).toBe('alice')
  })
})

describe('step 4 refuses', () => {
  test.each([
    ['a missing record', null],
    ['one of another user session', sealed(userSessionKey(userSessionRef('another')))],
    ['one under a removed key', sealed(undefined, alice, keyRing('k3', 'k3'))],
    ['a plain one', JSON.stringify(alice)],
    ['one that does not match the contract', sealed(undefined, { ...alice, endsAt: -1 })],
  ])('%s', async (_name, stored) => {
    expect(await who(COOKIE, readerOf(stored))).toBeUndefined()
  })
})

describe('step 5, at the end of a user session', () => {
  test.each([
    [-1, 'alice'],
    [0, undefined],
    [1, undefined],
  ])('%i ms after it: %s, for every reader', async (after, expected) => {
    const { reader } = readerOf(sealed(), ENDS_AT + after)
    expect(await who(COOKIE, { asked: [], reader })).toBe(expected)
    expect((await reader.find(ref))?.user.subject).toBe(expected)
    const sessions = createUserSessions({
      redis: {} as never,
      userSessionKeys: KEYS,
      publicUrl: 'https://app.example',
      idleSeconds: 1,
      clock: () => ENDS_AT + after,
      log,
    })
    // Read while it was alive, by a slow request.
    const request = { session: { userSession: await readerOf().reader.find(ref) } } as never
    expect(sessions.current(request)?.user.subject).toBe(expected)
  })
})
