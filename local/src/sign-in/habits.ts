import type { RequestHandler } from 'express'

export const SIGN_IN_HABITS = ['cognito', 'okta', 'entra', 'auth0', 'keycloak'] as const
export type SignInHabit = (typeof SIGN_IN_HABITS)[number]

/** Used where the issuer lets us choose the audience. */
export const AUDIENCE = 'https://agents.example'

interface Token {
  issuer: string
  clientId: string
  subject: string
  scope: string
}

interface Habits {
  /** They replace `client_id`, `aud` and `scope` in the sign-in client's access tokens. */
  claims?: (token: Token) => Readonly<Record<string, unknown>>
  /** The claim that no other client's access tokens have. */
  tokenClaim: (clientId: string) => { client_id: string } | { aud: string }
  /** Without the parameter `audience`, the sign-in client's access tokens are opaque. */
  audienceParameter?: boolean
  /** The sign-in client gets a refresh token only with the scope `offline_access`. */
  offlineAccess?: boolean
}

export const HABITS: Readonly<Record<SignInHabit, Habits>> = {
  cognito: { tokenClaim: (clientId) => ({ client_id: clientId }) },
  okta: {
    claims: ({ clientId, subject, scope }) => ({ aud: AUDIENCE, cid: clientId, uid: subject, scp: scope.split(' ') }),
    tokenClaim: () => ({ aud: AUDIENCE }),
    offlineAccess: true,
  },
  entra: {
    claims: ({ clientId, subject }) => ({ aud: clientId, azp: clientId, oid: subject, scp: 'use' }),
    tokenClaim: (clientId) => ({ aud: clientId }),
    offlineAccess: true,
  },
  auth0: {
    claims: ({ issuer, clientId, scope }) => ({ aud: [AUDIENCE, `${issuer}/userinfo`], azp: clientId, scope }),
    tokenClaim: () => ({ aud: AUDIENCE }),
    audienceParameter: true,
    offlineAccess: true,
  },
  keycloak: {
    claims: ({ clientId, scope }) => ({ aud: [AUDIENCE, 'account'], azp: clientId, scope }),
    tokenClaim: () => ({ aud: AUDIENCE }),
  },
}

export function signInVariables(habit: SignInHabit): Readonly<Record<string, string>> {
  const { offlineAccess, audienceParameter } = HABITS[habit]
  return {
    ...(offlineAccess ? { OIDC_SCOPES: 'openid profile email offline_access' } : {}),
    ...(audienceParameter ? { OIDC_AUTHORIZATION_PARAMETERS: JSON.stringify({ audience: AUDIENCE }) } : {}),
  }
}

/** oidc-provider ignores `offline_access` unless the request has `prompt=consent` (OpenID Connect Core §11). */
export const OFFLINE_SCOPE = 'offline'

/** Adds RFC 8707's `resource` for `audience`, and replaces `offline_access` by `OFFLINE_SCOPE`, where the issuer's habits need it. */
export function translateAuthorizationRequest(habit: SignInHabit): RequestHandler {
  const { offlineAccess, audienceParameter } = HABITS[habit]
  return (request, _response, next) => {
    const url = new URL(request.url, 'http://issuer.invalid')
    if (request.method === 'GET' && url.pathname === '/auth') {
      const { searchParams } = url
      const scopes = searchParams.get('scope')?.split(' ') ?? []
      if (offlineAccess && scopes.includes('offline_access'))
        searchParams.set('scope', scopes.map((scope) => (scope === 'offline_access' ? OFFLINE_SCOPE : scope)).join(' '))
      const audience = searchParams.get('audience')
      if (audienceParameter && audience !== null) searchParams.set('resource', audience)
      request.url = `${url.pathname}${url.search}`
    }
    next()
  }
}
