import { API_ERRORS, type ApiErrorCode, type Problem } from '@agent-identity/contracts'

/** A refusal that the client may see. `detail` is about the request. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: ApiErrorCode
  readonly detail: string | undefined

  constructor(code: ApiErrorCode, detail?: string, options?: ErrorOptions) {
    super(code, options)
    this.code = code
    this.detail = detail
  }
}

export function toProblem(error: ApiError, requestId: string): Problem {
  const { status, title } = API_ERRORS[error.code]
  return {
    type: 'about:blank',
    title,
    status,
    code: error.code,
    requestId,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  }
}
