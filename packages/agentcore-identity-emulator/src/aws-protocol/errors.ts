/**
 * Every error this server can put on the wire, under AWS's names and statuses (both service models). What a caller
 * could use to tell secrets apart shares one message.
 */
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
  // Not in the models: the signature layer in front of every AWS service.
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  RequestEntityTooLargeException: 413,
  ServiceUnavailableException: 503,
  // Not AWS's: nobody should mistake an unwritten operation for a failing one. 501 is not retried by the SDKs.
  NotEmulatedException: 501,
} as const

export type ErrorType = keyof typeof errorStatuses

export class AwsError extends Error {
  readonly type: ErrorType
  readonly status: number
  /** What stands beside the message in the body. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(type: ErrorType, message: string, options: ErrorOptions & { members?: Record<string, unknown> } = {}) {
    super(message, options)
    this.name = type
    this.type = type
    this.status = errorStatuses[type]
    this.members = options.members ?? {}
  }
}

type FailedField = { name: string; message: string }
type ValidationDetails = {
  reason?: 'CannotParse' | 'FieldValidationFailed'
  fieldList?: FailedField[]
  cause?: unknown
}

export class ValidationException extends AwsError {
  constructor(message: string, { reason = 'FieldValidationFailed', fieldList, cause }: ValidationDetails = {}) {
    super('ValidationException', message, { cause, members: { reason, ...(fieldList ? { fieldList } : {}) } })
  }

  static cannotParse(message: string) {
    return new ValidationException(message, { reason: 'CannotParse' })
  }

  static field(name: string, message: string) {
    return new ValidationException(message, { fieldList: [{ name, message }] })
  }

  static fieldsFailed(fieldList: FailedField[]) {
    return new ValidationException(describeFailedFields(fieldList), { fieldList })
  }
}

/** The wording that callers of the live callback URL report (awslabs/agentcore-samples#801). */
export function describeFailedFields(fields: FailedField[]) {
  const count = `${fields.length} validation error${fields.length === 1 ? '' : 's'} detected`
  const each = fields.map(({ name, message }) => `Value at '${name}' failed to satisfy constraint: ${message}`)
  return `${count}: ${each.join('; ')}`
}
