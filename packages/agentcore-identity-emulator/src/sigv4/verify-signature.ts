import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { AwsError } from '../aws-protocol/errors.ts'
import { equalInConstantTime } from '../constant-time.ts'
import { canonicalRequest, type SignedRequest } from './canonical-request.ts'
import type { Credential, Credentials } from './credentials.ts'
import { incomplete, parseAuthorization } from './parse-authorization.ts'

/** The signing name of both planes in AWS's models. */
const SERVICE = 'bedrock-agentcore'
const MAX_SKEW_MS = 5 * 60 * 1000

/** IAM User Guide, "Troubleshoot Signature Version 4 signing". */
export function verifySignature(
  request: SignedRequest,
  expected: { credentials: Credentials; region: string; wallNow: number },
): Credential {
  const header = onlyValue(request, 'authorization')
  // A request with a presigned URL has no such header, and is refused, too (README.md, "Assumptions").
  if (header === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  const authorization = parseAuthorization(header)
  const timestamp = onlyValue(request, 'x-amz-date')
  if (timestamp === undefined || !/^\d{8}T\d{6}Z$/.test(timestamp)) {
    throw incomplete(["Authorization header requires existence of a 'X-Amz-Date' header in ISO-8601 basic format."])
  }

  const credential = expected.credentials.find(authorization.accessKeyId)
  const securityToken = onlyValue(request, 'x-amz-security-token')
  if (credential === undefined || !isSameSession(securityToken, credential.sessionToken)) {
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  checkScope(authorization, timestamp, expected.region)
  checkSignedHeaders(request, authorization.signedHeaders)

  const toSign = [
    'AWS4-HMAC-SHA256',
    timestamp,
    [authorization.date, authorization.region, authorization.service, authorization.terminator].join('/'),
    hash('sha256', canonicalRequest(request, authorization.signedHeaders)),
  ].join('\n')
  const key = signingKeyOf(credential, authorization)
  if (!isSameSignature(hmac(key, toSign).toString('hex'), authorization.signature)) {
    throw invalid(
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  }
  rememberSigningKey(credential, authorization, key)
  checkSkew(timestamp, expected.wallNow)
  // Checked after the signature, so that only a caller with the secret learns that the credential has expired.
  if (credential.expiresAt !== undefined && expected.wallNow >= credential.expiresAt) {
    throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired')
  }
  return credential
}

function checkScope(
  scope: { date: string; region: string; service: string; terminator: string },
  timestamp: string,
  region: string,
) {
  const problems = [
    scope.region === region
      ? ''
      : `Credential should be scoped to a valid Region, not '${scope.region.slice(0, 64)}'. `,
    scope.service === SERVICE ? '' : `Credential should be scoped to correct service: '${SERVICE}'. `,
    scope.terminator === 'aws4_request' ? '' : "Credential should be scoped with a valid terminator: 'aws4_request'. ",
    scope.date === timestamp.slice(0, 8)
      ? ''
      : 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP. ',
  ].join('')
  if (problems !== '') throw invalid(problems.trimEnd())
}

/** An unsigned `host` or `x-amz-*` header could be changed on the way. */
function checkSignedHeaders(request: SignedRequest, signedHeaders: readonly string[]) {
  if (!signedHeaders.includes('host')) {
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  }
  for (const name of request.headers.keys()) {
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name)) {
      throw invalid(`Header '${name}' must be a 'SignedHeader' in the AWS Authorization.`)
    }
  }
}

function checkSkew(timestamp: string, wallNow: number) {
  const signedAt = Date.parse(timestamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
  const now = () => basicFormat(wallNow)
  if (!(signedAt >= wallNow - MAX_SKEW_MS)) {
    throw invalid(
      `Signature expired: ${timestamp} is now earlier than ${basicFormat(wallNow - MAX_SKEW_MS)} (${now()} - 5 min.)`,
    )
  }
  if (signedAt > wallNow + MAX_SKEW_MS) {
    throw invalid(
      `Signature not yet current: ${timestamp} is still later than ${basicFormat(wallNow + MAX_SKEW_MS)} (${now()} + 5 min.)`,
    )
  }
}

/** A signing key takes four HMACs, and is the same all day. */
const signingKeys = new WeakMap<Credential, { date: string; key: KeyObject }>()

function signingKeyOf(credential: Credential, scope: { date: string; region: string }): KeyObject {
  const remembered = signingKeys.get(credential)
  if (remembered?.date === scope.date) return remembered.key
  const ofDate = hmac(`AWS4${credential.secretAccessKey}`, scope.date)
  return createSecretKey(hmac(hmac(hmac(ofDate, scope.region), SERVICE), 'aws4_request'))
}

/** Only after a valid signature: a forged date must not replace the key. */
function rememberSigningKey(credential: Credential, { date }: { date: string }, key: KeyObject) {
  signingKeys.set(credential, { date, key })
}

/** The length of a signature is not secret. */
const isSameSignature = (expected: string, given: string) =>
  expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given, 'latin1'))

const isSameSession = (given: string | undefined, expected: string | undefined) =>
  given === undefined || expected === undefined ? given === expected : equalInConstantTime(given, expected)

const hmac = (key: string | Uint8Array | KeyObject, data: string) => createHmac('sha256', key).update(data).digest()
const basicFormat = (ms: number) => new Date(ms).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
const invalid = (message: string) => new AwsError('InvalidSignatureException', message)

/** A repeated header is ambiguous, so it counts as absent, like an empty one. */
function onlyValue(request: SignedRequest, name: string) {
  const values = request.headers.get(name)
  return values?.length === 1 && values[0] !== '' ? values[0] : undefined
}
