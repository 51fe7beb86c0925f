/**
 * What a failed call says about the request, which is all that anybody above needs to know:
 * - `unauthorized` (401) and `refused` (every other 4xx): AgentCore looked at it and did not execute it;
 * - `throttled` (429): not executed;
 * - `not-accepted`: it never got as far as AgentCore. No connection, or our own AWS credentials are missing or stale;
 * - `unknown`: timeout, reset, 5xx or a reply that cannot be read. It may have been executed.
 */
export type AwsFailureKind = 'unauthorized' | 'refused' | 'throttled' | 'not-accepted' | 'unknown'

export interface AwsFailure {
  kind: AwsFailureKind
  /** AWS's name of the exception, else the error's code or name. Its message is left out: it repeats what was sent. */
  exception: string
  status: number | undefined
  awsRequestId: string | undefined
}

/** About the caller's signature and not about the user: AWS's signature layer answers these, before any service. */
const CREDENTIAL_EXCEPTIONS = new Set([
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
])

/** The connection was not made, so nothing was sent. A reset (ECONNRESET, EPIPE, UND_ERR_SOCKET) can come after the request. */
const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The SDK's errors: modelled and unmodelled exceptions carry `$metadata`; a reply that is not JSON only `$response`. */
interface SdkError {
  name?: string
  code?: string
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $response?: { statusCode?: number; headers?: Record<string, string> }
}

export function describeFailure(error: unknown): AwsFailure {
  const { name = 'Error', code, $metadata, $response } = (error ?? {}) as SdkError
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  return {
    kind: kindOf(name, code, status),
    exception: status === undefined && code !== undefined ? code : name,
    status,
    awsRequestId: $metadata?.requestId ?? $response?.headers?.['x-amzn-requestid'],
  }
}

function kindOf(name: string, code: string | undefined, status: number | undefined): AwsFailureKind {
  if (CREDENTIAL_EXCEPTIONS.has(name) || (code !== undefined && NO_CONNECTION.has(code))) return 'not-accepted'
  // A client error that does not read as AWS's came from something in between: it says nothing about the request.
  if (status === undefined || name === 'SyntaxError') return 'unknown'
  if (status === 429) return 'throttled'
  if (status === 401) return 'unauthorized'
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown'
}
