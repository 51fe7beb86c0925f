/**
 * What a failed call says about its last attempt:
 * - `unauthorized`: 401, or the workload access token has expired;
 * - `refused`: the answer is no: a 4xx of none of the other kinds;
 * - `throttled`: not executed;
 * - `not-accepted`: not executed, because nothing was sent or our own AWS credentials are missing or not accepted;
 * - `unknown`: it may have been executed; also after 408, and where a reply names no exception.
 */
export type AwsFailureKind = 'unauthorized' | 'refused' | 'throttled' | 'not-accepted' | 'unknown'

export interface AwsFailure {
  kind: AwsFailureKind
  /** AWS's name of the exception, else the error's code or name. The message is left out: it may repeat the request. */
  exception: string
  status: number | undefined
  awsRequestId: string | undefined
}

/** About our own AWS credentials, not about the user. */
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

/**
 * "Token has expired. Please generate a new token." (README of AWS's MDAA runtime module, 2026): only this text distinguishes an expired token
 * from a denial.
 */
const TOKEN_HAS_EXPIRED = /^Token has expired\b/

/** Nothing was sent. A reset (ECONNRESET, EPIPE, UND_ERR_SOCKET) can follow the request. */
const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** Nothing was sent if this happened while connecting: an established connection can fail with the same code. */
const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH'])

/** The SDK's names for a reply that is not JSON, and for JSON that names no exception; a proxy's JSON may have another `code`. */
const isNamed = (name: string) => name !== 'SyntaxError' && name !== 'Unknown' && /^[A-Z]/.test(name)

/** `code` and `name` may come from the reply. */
interface SdkError {
  name?: string
  message?: string
  code?: string
  syscall?: string
  $fault?: 'client' | 'server'
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $response?: { statusCode?: number; headers?: Record<string, string> }
}

export function describeFailure(error: unknown): AwsFailure {
  const sdkError = (error ?? {}) as SdkError
  const { name = 'Error', code, $metadata, $response } = sdkError
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  return {
    kind: status === undefined ? kindWithoutReply(sdkError) : kindOfReply(status, sdkError),
    exception: status === undefined && code !== undefined ? code : name,
    status,
    awsRequestId: $metadata?.requestId ?? $response?.headers?.['x-amzn-requestid'],
  }
}

function kindWithoutReply({ name = '', code = '', syscall }: SdkError): AwsFailureKind {
  const noConnection = NO_CONNECTION.has(code) || (UNREACHABLE.has(code) && syscall === 'connect')
  return noConnection || CREDENTIAL_EXCEPTIONS.has(name) ? 'not-accepted' : 'unknown'
}

function kindOfReply(status: number, { name = '', message = '', $fault }: SdkError): AwsFailureKind {
  // The reply may be a proxy's: it does not say whether the request was executed.
  if ($fault === undefined || !isNamed(name)) return 'unknown'
  if (status < 400 || status >= 500 || status === 408) return 'unknown'
  if (CREDENTIAL_EXCEPTIONS.has(name)) return 'not-accepted'
  if (status === 429) return 'throttled'
  const expired = name === 'AccessDeniedException' && TOKEN_HAS_EXPIRED.test(message)
  return status === 401 || expired ? 'unauthorized' : 'refused'
}
