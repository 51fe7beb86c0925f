import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { startKeySet } from './test-support/logout-tokens.ts'

const { seconds, startReader, sign, reset, stop } = await startKeySet()
beforeEach(reset)
afterAll(stop)

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const outcomeOf = async (token: string) => {
  const read = await startReader().read(token)
  return 'refused' in read ? read.refused : 'accepted'
}

describe('by its claims', () => {
  test.each<[string, string, object]>([
    ['another issuer', 'wrong-issuer', { iss: 'https://another.example' }],
    ['no issuer', 'wrong-issuer', { iss: undefined }],
    ['another client', 'wrong-audience', { aud: 'another' }],
    ['no client', 'wrong-audience', { aud: undefined }],
    ['us alone in a list', 'accepted', { aud: ['app'] }],
    ['two clients without an authorized party', 'wrong-audience', { aud: ['app', 'another'] }],
    ['two clients, and us as the authorized party', 'accepted', { aud: ['app', 'another'], azp: 'app' }],
    ['two clients, and another authorized party', 'wrong-audience', { aud: ['app', 'another'], azp: 'another' }],
    ['us, and another authorized party', 'wrong-audience', { azp: 'another' }],
    ['no time', 'not-fresh', { iat: undefined }],
    ['no end', 'not-fresh', { exp: undefined }],
    ['a time of validity that has not begun', 'claims-not-valid', { nbf: Math.floor(Date.now() / 1_000) + 3_600 }],
    ['no event', 'claims-not-valid', { events: undefined }],
    ['events that are null', 'claims-not-valid', { events: null }],
    ['a text for events', 'claims-not-valid', { events: EVENT }],
    ['a list of events', 'claims-not-valid', { events: [EVENT] }],
    ['another event', 'claims-not-valid', { events: { 'https://example.com/event': {} } }],
    ['an event that is true', 'claims-not-valid', { events: { [EVENT]: true } }],
    ['an event that is null', 'claims-not-valid', { events: { [EVENT]: null } }],
    ['an event that is a list', 'claims-not-valid', { events: { [EVENT]: [] } }],
    ['another event beside', 'accepted', { events: { [EVENT]: {}, 'https://example.com/event': {} } }],
    ['a nonce', 'claims-not-valid', { nonce: 'n' }],
    ['an empty nonce', 'claims-not-valid', { nonce: '' }],
    ['no id', 'claims-not-valid', { jti: undefined }],
    ['an empty id', 'claims-not-valid', { jti: '' }],
    ['neither user nor session', 'claims-not-valid', { sub: undefined }],
    ['an empty user beside a session', 'claims-not-valid', { sub: '', sid: 's' }],
    ['an empty session beside a user', 'claims-not-valid', { sid: '' }],
    ['a session that is no text', 'claims-not-valid', { sub: undefined, sid: 1 }],
    ['a session alone', 'accepted', { sub: undefined, sid: 's' }],
  ])('a token with %s: %s', async (_what, outcome, claims) => {
    expect(await outcomeOf(await sign(claims))).toBe(outcome)
  })
})

describe('by its form and signature', () => {
  test.each(['JWT', 'at+jwt', undefined])('a token of the type %s is no logout token', async (typ) => {
    expect(await outcomeOf(await sign({}, { typ: typ as string }))).toBe('not-a-logout-token')
  })

  test.each(['not a token', '', 'a.b.c', 'a.b.c.d.e'])('“%s” is no logout token', async (text) => {
    expect(await outcomeOf(text)).toBe('not-a-logout-token')
  })

  test('a token whose claims are no object is not accepted', async () => {
    const [header, , signature] = (await sign()).split('.')
    expect(await outcomeOf(`${header}.${Buffer.from('[]').toString('base64url')}.${signature}`)).not.toBe('accepted')
  })

  test('a token of another key, or of a key that the issuer does not have, has a wrong signature', async () => {
    expect(await outcomeOf(await sign({}, {}, 'foreign'))).toBe('wrong-signature')
    expect(await outcomeOf(await sign({}, { kid: 'another' }))).toBe('wrong-signature')
  })

  test('a token that was changed has a wrong signature', async () => {
    const [header, , signature] = (await sign()).split('.')
    const [, claims] = (await sign({ sub: 'bob' })).split('.')
    expect(await outcomeOf([header, claims, signature].join('.'))).toBe('wrong-signature')
  })
})

test.each([
  [-330, 'accepted'],
  [-331, 'not-fresh'],
  [30, 'accepted'],
  [31, 'not-fresh'],
])('a token whose time is %i seconds from now: %s', async (offset, outcome) => {
  expect(await outcomeOf(await sign({ iat: seconds() + offset }))).toBe(outcome)
})

test.each([
  [-29, 'accepted'],
  [-30, 'not-fresh'],
])('a token whose end is %i seconds from now: %s', async (offset, outcome) => {
  expect(await outcomeOf(await sign({ exp: seconds() + offset }))).toBe(outcome)
})
