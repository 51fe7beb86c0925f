import { ROUTES } from '@agent-identity/contracts'
import {
  createOidcClient,
  createRevocations,
  createUserSessionEndings,
  createUserSessions,
  createUserTokens,
  type OidcClient,
} from '@agent-identity/user-session'
import type { Request } from 'express'
import type { Runtime } from './runtime.ts'

const UNATTENDED: readonly string[] = [ROUTES.connections, ROUTES.connectionEvents, ROUTES.consentRequests]

/** An open page makes these requests by itself: they would keep the user session of an absent user alive. */
export const isUnattended = ({ method, path }: Pick<Request, 'method' | 'path'>): boolean =>
  method === 'GET' && UNATTENDED.includes(path)

export function composeSignIn({ config, redis, subscriber, audit, clock, log }: Runtime, oidcOverride?: OidcClient) {
  const sessions = createUserSessions({
    redis,
    userSessionKeys: config.USER_SESSION_KEYS,
    publicUrl: config.PUBLIC_URL,
    idleSeconds: config.USER_SESSION_IDLE_SECONDS,
    absoluteSeconds: config.USER_SESSION_ABSOLUTE_SECONDS,
    isUnattended,
    clock,
    log,
  })
  const oidc =
    oidcOverride ??
    createOidcClient({
      issuer: config.OIDC_ISSUER,
      clientId: config.OIDC_CLIENT_ID,
      clientSecret: config.OIDC_CLIENT_SECRET,
      scopes: config.OIDC_SCOPES,
      authorizationParameters: config.OIDC_AUTHORIZATION_PARAMETERS,
      ...(config.ADMIN_GROUP !== undefined && {
        administrators: { claim: config.ADMIN_GROUP_CLAIM, group: config.ADMIN_GROUP },
      }),
      publicUrl: config.PUBLIC_URL,
      signOut: config.OIDC_SIGN_OUT,
      clock,
      log,
    })
  const revocations = createRevocations({ oidc, audit, log })
  const userTokensKeys = config.USER_TOKENS_KEYS
  const userTokens = createUserTokens({ redis, userTokensKeys, sessions, oidc, revocations, clock, log })
  const endings = createUserSessionEndings({ subscriberRedis: subscriber, log })
  return { sessions, oidc, userTokens, revocations, endings }
}

export type SignIn = ReturnType<typeof composeSignIn>
