import { describe, expect, it } from '@jest/globals'
import { describeFailure } from './aws-failure.ts'

// jest runs tests in another realm, in which the SDK does not recognize Node's own errors.
describe('a failure below the SDK', () => {
  it.each([
    { code: 'ECONNREFUSED', kind: 'not-accepted' },
    { code: 'ENOTFOUND', kind: 'not-accepted' },
    { code: 'EAI_AGAIN', kind: 'not-accepted' },
    { code: 'UND_ERR_CONNECT_TIMEOUT', kind: 'not-accepted' },
    { code: 'EHOSTUNREACH', syscall: 'connect', kind: 'not-accepted' },
    { code: 'EHOSTUNREACH', syscall: 'read', kind: 'unknown' },
    { code: 'ENETUNREACH', syscall: 'connect', kind: 'not-accepted' },
    { code: 'ENETUNREACH', syscall: 'read', kind: 'unknown' },
    { code: 'ECONNRESET', syscall: 'connect', kind: 'unknown' },
    { code: 'ECONNRESET', kind: 'unknown' },
    { code: 'EPIPE', kind: 'unknown' },
    { code: 'UND_ERR_SOCKET', kind: 'unknown' },
    { code: 'UND_ERR_HEADERS_TIMEOUT', kind: 'unknown' },
    { kind: 'unknown' },
  ])('says whether anything can have been executed: %j', ({ kind, ...properties }) => {
    const failure = describeFailure(Object.assign(new Error('to 10.0.0.1'), properties))
    expect(failure).toEqual({ kind, exception: properties.code ?? 'Error', status: undefined, awsRequestId: undefined })
  })

  it('recognizes missing AWS credentials', () => {
    const error = Object.assign(new Error('none'), { name: 'CredentialsProviderError' })
    expect(describeFailure(error)).toMatchObject({ kind: 'not-accepted', exception: 'CredentialsProviderError' })
  })
})

const CREDENTIAL_EXCEPTIONS = [
  'CredentialsProviderError',
  'ExpiredTokenException',
  'ExpiredToken',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]

it.each(CREDENTIAL_EXCEPTIONS)('%s is about our own credentials, with a reply and without one', (name) => {
  expect(describeFailure({ name })).toMatchObject({ kind: 'not-accepted', exception: name })
  expect(describeFailure(reply(403, { name })).kind).toBe('not-accepted')
})

describe('a reply', () => {
  it.each([
    { status: 399, kind: 'unknown' },
    { status: 400, kind: 'refused' },
    { status: 401, kind: 'unauthorized' },
    { status: 403, kind: 'refused' },
    { status: 408, kind: 'unknown' },
    { status: 429, kind: 'throttled' },
    { status: 499, kind: 'refused' },
    { status: 500, kind: 'unknown' },
    { status: 503, kind: 'unknown' },
  ])('with $status is $kind', ({ status, kind }) => {
    expect(describeFailure(reply(status, {})).kind).toBe(kind)
  })

  it.each([
    ['AccessDeniedException', 'Token has expired. Please generate a new token.', 'unauthorized'],
    ['AccessDeniedException', 'User: x is not authorized. Token has expired', 'refused'],
    ['AccessDeniedException', 'Token has expiredness', 'refused'],
    ['ValidationException', 'Token has expired. Please generate a new token.', 'refused'],
    ['AccessDeniedException', undefined, 'refused'],
  ])('%s with %j is %s', (name, message, kind) => {
    expect(describeFailure(reply(403, { name, message })).kind).toBe(kind)
  })

  it.each([401, 403, 429])(
    'with %s that names no exception does not say whether the request was executed',
    (status) => {
      expect(describeFailure(reply(status, { $fault: undefined })).kind).toBe('unknown')
      expect(describeFailure(reply(status, { name: 'SyntaxError' })).kind).toBe('unknown')
      for (const name of ['Unknown', String(status), 'forbidden', ''])
        expect(describeFailure(reply(status, { name })).kind).toBe('unknown')
    },
  )

  it('gives its status and request id, from the metadata before the headers; a code does not replace its name', () => {
    const name = 'ThrottlingException'
    const headers = { 'x-amzn-requestid': 'of-the-headers' }
    const parsed = reply(429, { name, code: 'OTHER', $response: { statusCode: 500, headers } })
    const described = { kind: 'throttled', exception: name, status: 429 }
    expect(describeFailure(parsed)).toEqual({ ...described, awsRequestId: 'of-the-metadata' })
    const unparsed = { name, $fault: 'client', $response: { statusCode: 429, headers } }
    expect(describeFailure(unparsed)).toEqual({ ...described, awsRequestId: 'of-the-headers' })
    const without = { name, $fault: 'client', $response: { statusCode: 429 } }
    expect(describeFailure(without)).toEqual({ ...described, awsRequestId: undefined })
  })
})

it.each([undefined, null, {}])('%j is unknown', (error) => {
  expect(describeFailure(error)).toEqual({
    kind: 'unknown',
    exception: 'Error',
    status: undefined,
    awsRequestId: undefined,
  })
})

function reply(httpStatusCode: number, properties: object) {
  const name = 'SomeException'
  return { name, $fault: 'client', $metadata: { httpStatusCode, requestId: 'of-the-metadata' }, ...properties }
}
