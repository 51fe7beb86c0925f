/** Names and statuses are those of the two service models, unless a comment says otherwise. */
export const errorStatuses = {
  ValidationException: 400,
  ResourceLimitExceededException: 400,
  EncryptionFailure: 400,
  DecryptionFailure: 400,
  UnauthorizedException: 401,
  ServiceQuotaExceededException: 402,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ConflictException: 409,
  ConcurrentModificationException: 409,
  ThrottlingException: 429,
  InternalServerException: 500,
  // Not in the models: common errors of AWS services.
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  MalformedHttpRequestException: 400,
  RequestEntityTooLargeException: 413,
  ServiceUnavailableException: 503,
  // Not AWS's: a missing operation must not look like a failing one. The SDKs do not retry a 501.
  NotEmulatedException: 501,
} as const

export type ErrorType = keyof typeof errorStatuses

export class AwsError extends Error {
  readonly type: ErrorType
  readonly status: number

  constructor(type: ErrorType, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.name = type
    this.type = type
    this.status = errorStatuses[type]
  }
}

type FailedField = { name: string; message: string }

export class ValidationException extends AwsError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('ValidationException', message, options)
  }

  static field(name: string, message: string) {
    return new ValidationException(`Invalid value at '${name}': ${message}`)
  }
}

/** Four reports have `ValidationException` (May to July 2026); the service model of November 2026 has `ConflictException`, too. */
export const duplicate = (message: string, kind: 'validation' | 'conflict') =>
  kind === 'conflict' ? new AwsError('ConflictException', message) : new ValidationException(message)

export class ConstraintViolation extends ValidationException {
  constructor(fields: readonly FailedField[]) {
    super(describeFailedFields(fields))
  }
}

/** As reported of the live callback URL (awslabs/agentcore-samples#801). */
export function describeFailedFields(fields: readonly FailedField[]) {
  const count = `${fields.length} validation error${fields.length === 1 ? '' : 's'} detected`
  const each = fields.map(({ name, message }) => `Value at '${name}' failed to satisfy constraint: ${message}`)
  return `${count}: ${each.join('; ')}`
}
