import { describe, expect, it } from '@jest/globals'
import { describeFailure } from './aws-failure.ts'

// Failures over HTTP are tested with the real SDK. These happen below HTTP, and under jest, which runs tests in another realm, the
// SDK does not recognize Node's own errors.
describe('a failure below the SDK', () => {
  it.each([
    { code: 'ECONNREFUSED', kind: 'not-accepted' },
    { code: 'ENOTFOUND', kind: 'not-accepted' },
    { code: 'UND_ERR_CONNECT_TIMEOUT', kind: 'not-accepted' },
    { code: 'EHOSTUNREACH', syscall: 'connect', kind: 'not-accepted' },
    { code: 'EHOSTUNREACH', syscall: 'read', kind: 'unknown' },
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
