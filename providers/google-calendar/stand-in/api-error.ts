import type { Response } from 'express'

interface ErrorDetail {
  domain?: string
  reason: string
  message?: string
  locationType?: string
  location?: string
}

/** "Handle API errors", Calendar API. */
export function refuse(
  response: Response,
  code: number,
  message: string,
  detail: ErrorDetail,
  more: object = {},
): void {
  response.status(code).json({ error: { code, message, errors: [{ message, domain: 'global', ...detail }], ...more } })
}

export function refuseCredentials(response: Response): void {
  response.set('WWW-Authenticate', 'Bearer realm="https://accounts.google.com/", error="invalid_token"')
  refuse(
    response,
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token.',
    { reason: 'authError', message: 'Invalid Credentials', locationType: 'header', location: 'Authorization' },
    { status: 'UNAUTHENTICATED' },
  )
}

/** @param method such as `calendar.v3.Events.Insert` */
export function refuseScope(response: Response, method: string, accepted: readonly string[]): void {
  const challenge = `Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="${accepted.join(' ')}"`
  response.set('WWW-Authenticate', challenge)
  refuse(
    response,
    403,
    'Request had insufficient authentication scopes.',
    { reason: 'insufficientPermissions', message: 'Insufficient Permission' },
    {
      status: 'PERMISSION_DENIED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
          domain: 'googleapis.com',
          metadata: { service: 'calendar-json.googleapis.com', method },
        },
      ],
    },
  )
}
