import { z } from 'zod'

/**
 * Configuration may not set these. Most of them a sign-in sets itself. `request` and `request_uri` could replace those, `response_mode`
 * could change how the answer is returned, and `client_secret` must not be in a URL.
 */
export const RESERVED_AUTHORIZATION_PARAMETERS: readonly string[] = [
  'client_id',
  'client_secret',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
]

export const authorizationParameters = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(z.record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), z.string().min(1).max(1_024)))
  .superRefine((parameters, context) => {
    const reserved = Object.keys(parameters).filter((name) => RESERVED_AUTHORIZATION_PARAMETERS.includes(name))
    if (reserved.length > 0) context.addIssue(`must not set ${reserved.join(', ')}`)
  })
