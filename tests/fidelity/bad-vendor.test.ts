import { GetResourceOauth2TokenCommand, GetWorkloadAccessTokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { directGrants } from './support/direct-grants.ts'
import { refusal } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'
import { json, Vendor } from './support/vendor.ts'

const vendor = new Vendor()
beforeAll(() => vendor.start())
afterAll(() => vendor.close())
afterEach(() => void jest.restoreAllMocks())

const VENDOR_TIMEOUT_SECONDS = 60

const options = (assumptions = {}) => ({
  assumptions,
  // The tests of a silent vendor abort the request themselves.
  vendorTimeoutSeconds: VENDOR_TIMEOUT_SECONDS,
  workloadIdentities: [{ name: 'agent' }],
  oauth2CredentialProviders: [
    {
      name: 'vendor',
      credentialProviderVendor: 'GithubOauth2',
      oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
      endpoints: vendor.endpoints,
    },
  ],
})

type Answer = Parameters<Vendor['answerNext']>[0]
type Used = ReturnType<typeof useEmulator>
async function ask({ subject }: Used) {
  const { workloadAccessToken } = await subject.data.send(new GetWorkloadAccessTokenCommand({ workloadName: 'agent' }))
  return subject.data.send(
    new GetResourceOauth2TokenCommand({
      workloadIdentityToken: workloadAccessToken,
      resourceCredentialProviderName: 'vendor',
      oauth2Flow: 'M2M',
      scopes: [],
      forceAuthentication: true,
    }),
  )
}
const raw =
  (status: number, body: string, headers = {}) =>
  (response: import('node:http').ServerResponse) => {
    response.writeHead(status, headers).end(body)
  }
const token = { access_token: 'good', token_type: 'bearer' }

describe('a vendor that misbehaves', () => {
  const used = useEmulator(() => options())

  test.each([
    ['says no', (r) => json(r, 400, { error: 'invalid_client', error_description: 'SECRET' })],
    ['refuses with status 200, as GitHub does', (r) => json(r, 200, { error: 'bad_verification_code' })],
    ['is down', (r) => json(r, 500, {})],
    ['answers HTML', raw(200, '<html>SECRET</html>', { 'content-type': 'text/html' })],
    ['answers a form', raw(200, 'access_token=SECRET&token_type=bearer')],
    ['answers nothing', raw(200, '')],
    ['answers an array', raw(200, '[]')],
    ['answers null', raw(200, 'null')],
    ['answers two megabytes', raw(200, JSON.stringify({ ...token, padding: 'x'.repeat(2_000_000) }))],
    ['redirects', (r) => raw(307, '', { location: `${vendor.url}/token` })(r)],
    ['refuses and also returns a token', (r) => json(r, 200, { ...token, error: 'access_denied' })],
    ['gives no access token', (r) => json(r, 200, { token_type: 'bearer' })],
    ['gives an empty access token', (r) => json(r, 200, { ...token, access_token: '' })],
    ['gives a number as access token', (r) => json(r, 200, { ...token, access_token: 1 })],
    [
      'gives an access token too long for the API',
      (r) => json(r, 200, { ...token, access_token: 'x'.repeat(131_073) }),
    ],
    ['gives no token_type (RFC 6749 §5.1)', (r) => json(r, 200, { access_token: 'good' })],
  ] as [string, Answer][])('that %s: a fixed error text, without the vendor’s text', async (_case, answer) => {
    vendor.answerNext(answer)
    expect(await refusal(ask(used))).toMatchObject({
      name: 'ValidationException',
      status: 400,
      message: 'Error parsing ClientCredentials response',
    })
    expect(await ask(used)).toMatchObject({ accessToken: expect.stringMatching(/^access-/) })
  })

  /** Calls `act` when the emulator has the head of the vendor's next answer. */
  function onNextHead(act: () => void) {
    const { fetch } = globalThis
    jest.spyOn(globalThis, 'fetch').mockImplementationOnce(async (...request) => {
      const response = await fetch(...request)
      act()
      return response
    })
  }

  test.each<[string, (timeOut: () => void) => Answer]>([
    ['does not answer', (timeOut) => timeOut],
    [
      'never ends',
      (timeOut) => {
        onNextHead(timeOut)
        return (r) => r.write('{"access_token":')
      },
    ],
    ['cuts the line', () => (r) => r.destroy()],
  ])('that %s: could not be accessed', async (_case, answer) => {
    const late = new AbortController()
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(late.signal)
    vendor.answerNext(answer(() => late.abort(new DOMException('The operation was aborted', 'TimeoutError'))))
    expect(await refusal(ask(used))).toMatchObject({
      name: 'ValidationException',
      status: 400,
      message: 'Could not access Provider Token Endpoint',
    })
    expect(timeout).toHaveBeenCalledWith(VENDOR_TIMEOUT_SECONDS * 1_000)
    expect(await ask(used)).toMatchObject({ accessToken: expect.stringMatching(/^access-/) })
  })

  test.each([
    ['the longest access token', { ...token, access_token: 'x'.repeat(131_072) }],
    ['a nonsensical lifetime', { ...token, expires_in: 'soon' }],
    ['a negative lifetime', { ...token, expires_in: -1 }],
    ['a refresh token that is no string', { ...token, refresh_token: {} }],
  ])('takes %s', async (_case, body) => {
    vendor.answerNext((response) => json(response, 200, body))
    expect(await ask(used)).toMatchObject({ accessToken: body.access_token })
  })
})

describe('assumption missingTokenType: accept', () => {
  const used = useEmulator(() => options({ missingTokenType: 'accept' }))
  test('takes a token without token_type', async () => {
    vendor.answerNext((response) => json(response, 200, { access_token: 'good' }))
    expect(await ask(used)).toMatchObject({ accessToken: 'good' })
  })
})

describe('a token endpoint that is not there', () => {
  const used = useEmulator(() => ({ workloadIdentities: [{ name: 'agent' }] }))
  const { ask: askM2m, customProvider } = directGrants(vendor, () => used.subject)

  test.each([
    // Usually nothing listens here. `fetch` would block port 1.
    ['there is no listener', () => 'http://127.0.0.1:2/token', 'Could not access Provider Token Endpoint'],
    // The vendor speaks plain HTTP.
    ['TLS fails', () => `${vendor.url}/token`.replace('http:', 'https:'), 'Could not access Provider Token Endpoint'],
    ['the host does not exist', () => 'https://vendor.invalid/token', 'Failed to resolve hostname: vendor.invalid'],
  ])('%s: an error at the use, not at the creation', async (_case, tokenEndpoint, message) => {
    const authorizationServerMetadata = { ...vendor.endpoints, tokenEndpoint: tokenEndpoint() }
    const resourceCredentialProviderName = await customProvider({ oauthDiscovery: { authorizationServerMetadata } })
    expect(await refusal(askM2m({ resourceCredentialProviderName }))).toMatchObject({
      name: 'ValidationException',
      status: 400,
      message,
    })
  })
})
