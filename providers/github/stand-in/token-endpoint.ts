import type { KoaContextWithOIDC } from 'oidc-provider'

/** GitHub's error codes, by those of RFC 6749 §5.2 ("Troubleshooting OAuth app access token request errors"). */
const ERRORS: Readonly<Record<string, string>> = {
  invalid_client: 'incorrect_client_credentials',
  invalid_grant: 'bad_verification_code',
}

/** "Refreshing user access tokens": six months. */
const REFRESH_TOKEN_SECONDS = 15_897_600

/** GitHub's deviations from RFC 6749: errors with status 200, scopes with commas, a form by default. */
export async function answerAsGithub(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next()
  const body = context.body as Record<string, string> | undefined
  if (context.path !== '/login/oauth/access_token' || context.status >= 500 || !body) return

  const { access_token, refresh_token, expires_in, scope = '', error, error_description } = body
  // Only a GitHub App gets a refresh token, and its tokens have no scopes.
  const expiring = refresh_token && {
    expires_in: Number(expires_in),
    refresh_token,
    refresh_token_expires_in: REFRESH_TOKEN_SECONDS,
    scope: '',
  }
  const isRefresh = context.oidc?.params?.grant_type === 'refresh_token'
  const errorOf = (code: string) => (isRefresh && code === 'invalid_grant' ? 'bad_refresh_token' : ERRORS[code])
  const answer = error
    ? { error: errorOf(error) ?? error, error_description: error_description ?? '' }
    : { access_token: access_token ?? '', scope: scope.replaceAll(' ', ','), token_type: 'bearer', ...expiring }
  context.status = 200
  if (context.accepts('application/x-www-form-urlencoded', 'json') === 'json') context.body = answer
  else {
    context.body = new URLSearchParams(
      Object.entries(answer).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString()
    context.type = 'application/x-www-form-urlencoded'
  }
}
