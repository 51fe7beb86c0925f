import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { withoutSecrets } from './without-secrets.ts'

const hidden = '[redacted]'

test('values under the name of a secret are hidden, on three levels and in lists', () => {
  const fields = {
    requestId: 'r-1',
    accessToken: 'hunter2',
    request: { method: 'GET', headers: { cookie: 'hunter2', accept: '*/*' } },
    attempts: [{ code: 'hunter2', at: 1 }, 'second'],
  }
  const before = structuredClone(fields)
  expect(withoutSecrets(fields)).toEqual({
    requestId: 'r-1',
    accessToken: hidden,
    request: { method: 'GET', headers: { cookie: hidden, accept: '*/*' } },
    attempts: [{ code: hidden, at: 1 }, 'second'],
  })
  expect(fields).toEqual(before)
})

test.each([
  ...['cookie', 'authorization', 'accessToken', 'refreshToken', 'idToken', 'userToken', 'workloadAccessToken'],
  ...['authorizationUrl', 'sessionUri', 'state', 'code', 'password', 'secret', 'token', 'apiKey', 'clientSecret'],
  ...['Authorization', 'Cookie', 'set-cookie', 'access_token', 'refresh_token', 'id_token', 'client_secret'],
  ...['customState', 'SessionToken', 'SecretAccessKey', 'X-Amz-Security-Token', 'AccessToken', 'id_token_hint'],
])('%s is the name of a secret', (name) => {
  expect(withoutSecrets({ [name]: 'hunter2', within: { [name]: ['hunter2'] } })).toEqual({
    [name]: hidden,
    within: { [name]: hidden },
  })
})

test('an object without secrets is unchanged', () => {
  const fields = { at: new Date(0), none: null, state: undefined, list: [[1]], bare: Object.create(null) }
  expect(withoutSecrets(fields)).toBe(fields)
})

test('below the third level nothing of an object is shown, also of one that contains itself', () => {
  const own = { self: {} as unknown }
  own.self = own
  const at = { two: { three: { password: 'hunter2' }, list: ['hunter2'], empty: Object.create(null), last: 'shown' } }
  expect(withoutSecrets({ at, own })).toEqual({
    at: { two: { three: '[Object]', list: '[Array]', empty: '[object]', last: 'shown' } },
    own: { self: { self: '[Object]' } },
  })
})

test('of an object that is not plain only the class name is shown: a request has its cookies in a list, too', () => {
  const request = Object.assign(new IncomingMessage(new Socket()), { rawHeaders: ['Cookie', 'hunter2'] })
  const fields = { request, attempt: { failed: new Error('hunter2'), buffer: Buffer.from('hunter2') } }
  expect(withoutSecrets(fields)).toEqual({
    request: '[IncomingMessage]',
    attempt: { failed: '[Error]', buffer: '[Buffer]' },
  })
})

test('an error beside a secret is left to its serializer', () => {
  const err = Object.assign(new Error('failed'), { code: 'ECONNRESET' })
  const shown = withoutSecrets({ err, password: 'hunter2' })
  expect(shown).toEqual({ err, password: hidden })
  expect(shown.err).toBe(err)
})
