import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { withoutSecrets } from './without-secrets.ts'

const hidden = '[redacted]'

test('what is under the name of a secret is not shown, on three levels and in lists', () => {
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
  // What is logged is still in use.
  expect(fields).toEqual(before)
})

test.each([
  ...['cookie', 'authorization', 'accessToken', 'refreshToken', 'idToken', 'userToken', 'workloadAccessToken'],
  ...['authorizationUrl', 'sessionUri', 'state', 'code', 'password', 'secret'],
])('%s is the name of a secret', (name) => {
  expect(withoutSecrets({ [name]: 'hunter2', within: { [name]: ['hunter2'] } })).toEqual({
    [name]: hidden,
    within: { [name]: hidden },
  })
})

test('what has no secret is shown as it is', () => {
  const own = { self: {} as unknown }
  own.self = own
  const fields = { at: new Date(0), none: null, state: undefined, own, list: [[1]], bare: Object.create(null) }
  expect(withoutSecrets(fields)).toBe(fields)
})

test('what is no plain object is shown as what it is an instance of: a request has its cookies in a list, too', () => {
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
