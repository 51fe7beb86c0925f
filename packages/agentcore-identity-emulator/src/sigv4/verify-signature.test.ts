import { Sha256 } from '@aws-crypto/sha256-js'
import { describe, expect, test } from '@jest/globals'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { SignedRequest } from './canonical-request.ts'
import { createCredentials } from './credentials.ts'
import { verifySignature } from './verify-signature.ts'

const NOW = Date.UTC(2030, 0, 2, 3, 4, 5)
const credentials = createCredentials([
  { accessKeyId: 'AKID', secretAccessKey: 'secret', principalArn: 'arn:user' },
  { accessKeyId: 'TEMP', secretAccessKey: 'secret', sessionToken: 'session', principalArn: 'arn:role' },
])
const verify = (request: SignedRequest, wallNow = NOW) =>
  verifySignature(request, { credentials, region: 'us-east-1', wallNow })

type Draft = {
  method?: string
  path?: string
  query?: Record<string, string | string[]>
  headers?: Record<string, string>
  body?: string
  region?: string
  service?: string
  accessKeyId?: string
  sessionToken?: string
  signedAt?: number
}

/** Signs with the AWS SDK's own signer, which shares no code with the verifier. */
async function sign(draft: Draft = {}): Promise<SignedRequest> {
  const { method = 'POST', path = '/identities/GetTokenVault', query = {}, body = '{}', signedAt = NOW } = draft
  const signer = new SignatureV4({
    service: draft.service ?? 'bedrock-agentcore',
    region: draft.region ?? 'us-east-1',
    sha256: Sha256,
    credentials: {
      accessKeyId: draft.accessKeyId ?? 'AKID',
      secretAccessKey: 'secret',
      ...(draft.sessionToken ? { sessionToken: draft.sessionToken } : {}),
    },
  })
  const headers = { host: '127.0.0.1:8082', 'content-type': 'application/json', ...draft.headers }
  const request = new HttpRequest({ method, path, query, headers, body, protocol: 'http:', hostname: '127.0.0.1' })
  const signed = await signer.sign(request, { signingDate: new Date(signedAt) })
  const search = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  )
  return {
    method,
    target: search.length > 0 ? `${path}?${search.join('&')}` : path,
    headers: new Map(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), [value]])),
    body: Buffer.from(body),
  }
}

function withHeader(request: SignedRequest, name: string, change: (value: string) => string | string[] | undefined) {
  const headers = new Map(request.headers)
  const changed = change(request.headers.get(name)?.[0] ?? '')
  if (changed === undefined) headers.delete(name)
  else headers.set(name, [changed].flat())
  return { ...request, headers }
}
const authorization = (request: SignedRequest, change: (value: string) => string | string[] | undefined) =>
  withHeader(request, 'authorization', change)

function refusalOf(run: () => unknown) {
  try {
    run()
  } catch (error) {
    const { type, status, message } = error as { type: string; status: number; message: string }
    return { type, status, message }
  }
  throw new Error('expected a refusal')
}

describe('what the SDK signs is accepted', () => {
  test.each<[string, Draft]>([
    ['a plain call', {}],
    ['an empty body', { body: '' }],
    ['a body of other than ASCII', { body: '{"a":"ü🙂"}' }],
    ['a temporary credential', { accessKeyId: 'TEMP', sessionToken: 'session' }],
    ['an ARN in the path', { method: 'GET', path: '/tags/arn%3Aaws%3Abedrock-agentcore%3A%3A%3Aa%2Fb', body: '' }],
    [
      'a query',
      { query: { tagKeys: ['b c', 'a+b', 'ü', "!'()*~"], a: '' }, method: 'DELETE', path: '/tags/x', body: '' },
    ],
    ['a header with inner spaces', { headers: { 'x-amz-meta': 'a   b  c' } }],
  ])('%s', async (_case, draft) => {
    expect(verify(await sign(draft)).accessKeyId).toBe(draft.accessKeyId ?? 'AKID')
  })

  test('headers that proxies add unsigned do not matter', async () => {
    const request = await sign()
    expect(verify(withHeader(request, 'x-forwarded-for', () => '10.0.0.1')).principalArn).toBe('arn:user')
  })
})

describe('a modified request is refused', () => {
  const MISMATCH = {
    type: 'InvalidSignatureException',
    status: 403,
    message: expect.stringMatching(/^The request signature we calculated does not match the signature you provided\./),
  }

  test.each<[string, (request: SignedRequest) => SignedRequest]>([
    ['the body', (request) => ({ ...request, body: Buffer.from('{"tokenVaultId":"x"}') })],
    ['the body, emptied', (request) => ({ ...request, body: Buffer.alloc(0) })],
    ['the method', (request) => ({ ...request, method: 'GET' })],
    ['the path', (request) => ({ ...request, target: '/identities/SetTokenVaultCMK' })],
    ['the case of the path', (request) => ({ ...request, target: request.target.toLowerCase() })],
    ['the query', (request) => ({ ...request, target: `${request.target}?a=b` })],
    ['a broken escape in the query', (request) => ({ ...request, target: `${request.target}?a=%` })],
    ['a signed header', (request) => withHeader(request, 'content-type', () => 'text/plain')],
    ['the host', (request) => withHeader(request, 'host', () => 'evil.example')],
    ['the date', (request) => withHeader(request, 'x-amz-date', () => '20300102T030406Z')],
    ['a signed header doubled', (request) => withHeader(request, 'content-type', (value) => [value, value])],
    ['a signed header removed', (request) => withHeader(request, 'content-type', () => undefined)],
    ['the signature', (request) => authorization(request, (value) => value.replace(/Signature=./, 'Signature=x'))],
    ['the signature, cut short', (request) => authorization(request, (value) => value.slice(0, -1))],
    ['the list of signed headers', (request) => authorization(request, (value) => value.replace('content-type;', ''))],
  ])('%s', async (_what, change) => {
    const changed = change(await sign())
    expect(refusalOf(() => verify(changed))).toMatchObject(MISMATCH)
  })
})

describe('each case has the AWS error of that case', () => {
  test.each<[string, (header: string) => string | string[] | undefined, string, string]>([
    ['no Authorization header', () => undefined, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    ['two of them', (value) => [value, value], 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    ['another scheme', () => 'Bearer token', 'IncompleteSignatureException', 'AWS4-HMAC-SHA256'],
    ['another algorithm', (v) => v.replace('SHA256', 'SHA1'), 'IncompleteSignatureException', 'AWS4-HMAC-SHA256'],
    ['nothing after it', () => 'AWS4-HMAC-SHA256', 'IncompleteSignatureException', "'Credential'"],
    ['no credential', (v) => v.replace(/Credential=[^,]+, /, ''), 'IncompleteSignatureException', "'Credential'"],
    ['no signature', (v) => v.replace(/, Signature=.*/, ''), 'IncompleteSignatureException', "'Signature'"],
    [
      'no signed headers',
      (v) => v.replace(/SignedHeaders=[^,]+, /, ''),
      'IncompleteSignatureException',
      "'SignedHeaders'",
    ],
    ['four elements of a credential', (v) => v.replace('/aws4_request', ''), 'IncompleteSignatureException', 'five'],
    ['an empty element', (v) => v.replace('us-east-1', ''), 'IncompleteSignatureException', 'five'],
    ['an unknown key', (v) => v.replace('AKID', 'OTHER'), 'UnrecognizedClientException', 'security token included'],
    ["another key's session token", (v) => v.replace('AKID', 'TEMP'), 'UnrecognizedClientException', 'security token'],
    ['another terminator', (v) => v.replace('aws4_request', 'aws5'), 'InvalidSignatureException', 'valid terminator'],
    ['another day', (v) => v.replace('20300102', '20300103'), 'InvalidSignatureException', 'Date in Credential scope'],
    ['an unsigned host', (v) => v.replace('host;', ''), 'InvalidSignatureException', "'Host'"],
    ['an unsigned date', (v) => v.replace(';x-amz-date', ''), 'InvalidSignatureException', "'x-amz-date'"],
  ])('%s', async (_case, change, type, words) => {
    const changed = authorization(await sign(), change)
    expect(refusalOf(() => verify(changed))).toEqual({ type, status: 403, message: expect.stringContaining(words) })
  })

  test.each<[string, Draft, string]>([
    ['another Region', { region: 'eu-west-1' }, "valid Region, not 'eu-west-1'"],
    ['another service', { service: 'bedrock-agentcore-control' }, "correct service: 'bedrock-agentcore'"],
  ])('%s', async (_case, draft, words) => {
    const request = await sign(draft)
    expect(refusalOf(() => verify(request))).toMatchObject({
      type: 'InvalidSignatureException',
      message: expect.stringContaining(words),
    })
  })

  test('an unsigned session token', async () => {
    const request = await sign({ accessKeyId: 'TEMP', sessionToken: 'session' })
    const changed = authorization(request, (value) => value.replace(';x-amz-security-token', ''))
    expect(refusalOf(() => verify(changed)).message).toContain("'x-amz-security-token'")
  })

  test.each([() => undefined, () => '', () => '2030-01-02T03:04:05Z', () => ['20300102T030405Z', '20300102T030405Z']])(
    'a date that is missing, empty, of another format, or there twice',
    async (change) => {
      const request = withHeader(await sign(), 'x-amz-date', change)
      expect(refusalOf(() => verify(request))).toMatchObject({ type: 'IncompleteSignatureException' })
    },
  )

  test('a presigned URL: its signature is in the query, which is not read', async () => {
    const { target, ...request } = await sign()
    const presigned = authorization({ ...request, target: `${target}?X-Amz-Signature=abc` }, () => undefined)
    expect(refusalOf(() => verify(presigned))).toMatchObject({ type: 'MissingAuthenticationTokenException' })
  })

  test('the refusal of another algorithm does not repeat the header', async () => {
    const changed = authorization(await sign(), (value) => value.replace('AWS4-HMAC-SHA256', 'Secret'))
    expect(refusalOf(() => verify(changed)).message).not.toContain('AKID')
  })
})

describe('five minutes of clock skew, by the wall clock', () => {
  const FIVE_MINUTES = 5 * 60_000
  test.each([
    [FIVE_MINUTES, true],
    [FIVE_MINUTES + 1000, false],
    [-FIVE_MINUTES, true],
    [-FIVE_MINUTES - 1000, false],
  ])('signed %i ms ago: accepted %s', async (age, accepted) => {
    const request = await sign({ signedAt: NOW - age })
    if (accepted) expect(verify(request).accessKeyId).toBe('AKID')
    else expect(refusalOf(() => verify(request))).toMatchObject({ type: 'InvalidSignatureException' })
  })

  test('has the difference in the message, with the text of the IAM User Guide', async () => {
    const old = await sign({ signedAt: NOW - 3600_000 })
    expect(refusalOf(() => verify(old)).message).toBe(
      'Signature expired: 20300102T020405Z is now earlier than 20300102T025905Z (20300102T030405Z - 5 min.)',
    )
    const early = await sign({ signedAt: NOW + 3600_000 })
    expect(refusalOf(() => verify(early)).message).toBe(
      'Signature not yet current: 20300102T040405Z is still later than 20300102T030905Z (20300102T030405Z + 5 min.)',
    )
  })

  test('a date that is no date', async () => {
    const request = await sign()
    const changed = withHeader(request, 'x-amz-date', () => '20301399T999999Z')
    const scoped = authorization(changed, (value) => value.replace('20300102', '20301399'))
    expect(refusalOf(() => verify(scoped))).toMatchObject({ type: 'InvalidSignatureException' })
  })
})
