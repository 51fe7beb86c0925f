import type { KoaContextWithOIDC } from 'oidc-provider'

/** GitHub's error codes for those of RFC 6749 §5.2 ("Troubleshooting OAuth app access token request errors"). */
const ERRORS: Readonly<Record<string, string>> = {
  invalid_client: 'incorrect_client_credentials',
  invalid_grant: 'bad_verification_code',
}

/**
 * GitHub's token endpoint deviates from the specification: errors with status 200, scopes with commas, no lifetime, and a form instead of JSON by
 * default.
 */
export async function answerAsGithub(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next()
  const body = context.body as Record<string, string> | undefined
  if (context.path !== '/login/oauth/access_token' || context.status >= 500 || !body) return

  const { access_token, scope = '', error, error_description } = body
  const answer = error
    ? { error: ERRORS[error] ?? error, error_description: error_description ?? '' }
    : { access_token: access_token ?? '', scope: scope.replaceAll(' ', ','), token_type: 'bearer' }
  context.status = 200
  if (context.accepts('application/x-www-form-urlencoded', 'json') === 'json') context.body = answer
  else {
    context.body = new URLSearchParams(answer).toString()
    context.type = 'application/x-www-form-urlencoded'
  }
}
