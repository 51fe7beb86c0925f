import { describe, expect, it } from '@jest/globals'
import { describeFailure } from './aws-failure.ts'

// What comes over HTTP is tested with the real SDK. These come from below it, and the SDK takes an error of Node's own for
// a foreign one under jest, which runs tests in another realm.
describe('a failure below the SDK', () => {
  it.each([
    ['ECONNREFUSED', 'not-accepted'],
    ['ENOTFOUND', 'not-accepted'],
    ['UND_ERR_CONNECT_TIMEOUT', 'not-accepted'],
    ['ECONNRESET', 'unknown'],
    ['EPIPE', 'unknown'],
    ['UND_ERR_SOCKET', 'unknown'],
    ['UND_ERR_HEADERS_TIMEOUT', 'unknown'],
    [undefined, 'unknown'],
  ])('says whether anything can have been executed: %s', (code, kind) => {
    const failure = describeFailure(Object.assign(new Error('to 10.0.0.1'), code === undefined ? {} : { code }))
    expect(failure).toEqual({ kind, exception: code ?? 'Error', status: undefined, awsRequestId: undefined })
  })

  it('knows missing AWS credentials for what they are', () => {
    const error = Object.assign(new Error('none'), { name: 'CredentialsProviderError' })
    expect(describeFailure(error)).toMatchObject({ kind: 'not-accepted', exception: 'CredentialsProviderError' })
  })
})
