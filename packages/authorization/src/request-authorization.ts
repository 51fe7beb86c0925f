import {
  AuthorizationId,
  type ConsentRequestId,
  type IdentityArtifact,
  isInCatalogue,
  type OfferedProvider,
  type OfferedProviders,
  scopesAsSent,
  type TurnId,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { type Audit, randomToken } from '@agent-identity/service-runtime'
import type { AskedFor } from './asked-for.ts'
import type { NewAuthorization } from './new-authorization.ts'

export interface AccessRequest extends AskedFor {
  userSession: UserSessionRef
  /** Start over, even if the vault has a token. */
  forceAuthentication?: boolean
  /** Unix time in milliseconds, of a connection that has ended. */
  disconnectedAt?: number | undefined
  requestId: string
  turnId?: TurnId
  consentRequestId?: ConsentRequestId
  /** The authorization that led to this request, for the audit trail. */
  after?: { authorizationId: AuthorizationId; correlationId: string } | undefined
}

export type AccessOutcome =
  | { outcome: 'token'; accessToken: string }
  | { outcome: 'authorization-required'; authorizationId: AuthorizationId }
  | { outcome: 'not-offered' }
  | { outcome: 'too-many' }
  | { outcome: 'unavailable' }
  | { outcome: 'signed-out' }

export interface RequestAuthorizationPorts {
  offered: OfferedProviders
  workloadAccessTokens: {
    get(asking: {
      userSession: UserSessionRef
      user: UserRef
      requestId: string
    }): Promise<
      | { outcome: 'minted'; workloadAccessToken: string; artifact: IdentityArtifact }
      | { outcome: 'signed-out' }
      | { outcome: 'refused' }
      | { outcome: 'unavailable' }
    >
    drop(ref: UserSessionRef): void
  }
  identity: {
    requestAccessToken(request: {
      workloadAccessToken: string
      credentialProvider: string
      scopes: readonly string[]
      customParameters: Readonly<Record<string, string>>
      returnUrl: string
      state: string
      forceAuthentication?: boolean
    }): Promise<
      (
        | { outcome: 'token'; accessToken: string }
        | { outcome: 'authorization-required'; authorizationUrl: string; sessionUri: string }
        | { outcome: 'in-progress' | 'failed' | 'workload-access-token-rejected' | 'refused' | 'unavailable' }
      ) & { awsRequestId?: string | undefined }
    >
  }
  authorizations: {
    create(
      authorization: NewAuthorization,
    ): Promise<{ outcome: 'created'; id: AuthorizationId } | { outcome: 'signed-out' | 'too-many' }>
  }
  isErased(who: { user: UserRef; userSession: UserSessionRef }): Promise<boolean>
  isAuthorizationUrl(url: string): boolean
  returnUrl: string
  audit: Audit
}

/** Steps 3 to 5. The authorization URL is stored sealed, and is no part of the outcome. */
export async function requestAccess(request: AccessRequest, ports: RequestAuthorizationPorts): Promise<AccessOutcome> {
  const provider = ports.offered.get(request.provider)
  if (!provider || !isAskable(request.scopes, provider)) return { outcome: 'not-offered' }

  const id = AuthorizationId.parse(`${request.userSession}.${randomToken(16)}`)
  const state = `${id}.${randomToken(32)}`
  const asked = await askAgentCore(request, provider, state, ports)
  // AgentCore has not started over: this may be the token that must not be used.
  if (asked.outcome === 'token' && request.forceAuthentication) return { outcome: 'unavailable' }
  if (asked.outcome !== 'authorization-required') return asked

  // The URL will be sent to a browser, and must not become an open redirect.
  if (!ports.isAuthorizationUrl(asked.authorizationUrl)) return { outcome: 'unavailable' }
  const created = await ports.authorizations.create({
    id,
    state,
    ...askedFor(request),
    displayName: provider.displayName,
    authorizationUrl: asked.authorizationUrl,
    sessionUri: asked.sessionUri,
    artifact: asked.artifact,
    correlationId: request.requestId,
    ...(request.disconnectedAt === undefined ? {} : { disconnectedAt: request.disconnectedAt }),
  })
  // The mark is read last: an erasure that did not see this authorization had left its mark before.
  if (created.outcome === 'created' && (await ports.isErased(request))) return { outcome: 'signed-out' }
  if (created.outcome === 'created' && created.id === id)
    ports.audit({
      event: 'authorization_created',
      ...actorOf(request),
      authorizationId: id,
      correlationId: request.requestId,
      provider: request.provider,
      scopes: [...request.scopes],
      sessionUri: asked.sessionUri,
      turnId: request.turnId,
      consentRequestId: request.consentRequestId,
      awsRequestId: asked.awsRequestId,
    })
  return created.outcome === 'created'
    ? { outcome: 'authorization-required', authorizationId: created.id }
    : { outcome: created.outcome }
}

const isAskable = (scopes: readonly string[], provider: OfferedProvider) =>
  provider.credential === 'user' && scopes.every((scope) => isInCatalogue(provider, scope))

export type ExistingTokenPorts = Pick<
  RequestAuthorizationPorts,
  'offered' | 'workloadAccessTokens' | 'identity' | 'returnUrl' | 'audit'
>

/** `unavailable`: it is not known whether there is a token. */
export type ExistingToken = { outcome: 'token'; accessToken: string } | { outcome: 'none' | 'unavailable' }

export async function existingToken(request: AccessRequest, ports: ExistingTokenPorts): Promise<ExistingToken> {
  const provider = ports.offered.get(request.provider)
  // A replica of another version may offer the provider.
  if (!provider) return { outcome: 'unavailable' }
  if (!isAskable(request.scopes, provider)) return { outcome: 'none' }
  const asked = await askAgentCore(request, provider, randomToken(32), ports)
  if (asked.outcome === 'token') return asked
  return { outcome: asked.outcome === 'unavailable' ? 'unavailable' : 'none' }
}

type Asked =
  | { outcome: 'token'; accessToken: string }
  | {
      outcome: 'authorization-required'
      authorizationUrl: string
      sessionUri: string
      artifact: IdentityArtifact
      awsRequestId: string | undefined
    }
  | { outcome: 'unavailable' | 'signed-out' }

const askedFor = ({ user, provider, named, hint, parameters, chooser, scopes, generation }: AskedFor): AskedFor => ({
  user,
  provider,
  named,
  hint,
  parameters,
  chooser,
  scopes,
  generation,
})

const actorOf = ({ user, userSession, requestId }: AccessRequest) => ({ user, userSession, requestId })

export async function askAgentCore(
  request: AccessRequest,
  provider: Pick<OfferedProvider, 'credentialProvider' | 'scopeSeparator'>,
  state: string,
  ports: ExistingTokenPorts,
): Promise<Asked> {
  for (let attempt = 1; attempt <= 2; attempt++) {
    const minted = await ports.workloadAccessTokens.get(actorOf(request))
    if (minted.outcome === 'signed-out') return { outcome: 'signed-out' }
    if (minted.outcome !== 'minted') return { outcome: 'unavailable' }
    const reply = await ports.identity.requestAccessToken({
      workloadAccessToken: minted.workloadAccessToken,
      credentialProvider: provider.credentialProvider,
      scopes: scopesAsSent(provider, request.scopes),
      customParameters: request.parameters,
      returnUrl: ports.returnUrl,
      state,
      ...(request.forceAuthentication ? { forceAuthentication: true } : {}),
    })
    if (reply.outcome === 'token') {
      ports.audit({
        event: 'token_obtained',
        ...actorOf(request),
        provider: request.provider,
        credential: 'user',
        scopes: [...request.scopes],
        ...request.after,
        turnId: request.turnId,
        awsRequestId: reply.awsRequestId,
      })
      return { outcome: 'token', accessToken: reply.accessToken }
    }
    if (reply.outcome === 'authorization-required')
      // Session binding needs the artifact with which this request's workload access token was minted.
      return {
        outcome: 'authorization-required',
        authorizationUrl: reply.authorizationUrl,
        sessionUri: reply.sessionUri,
        artifact: minted.artifact,
        awsRequestId: reply.awsRequestId,
      }
    if (reply.outcome !== 'workload-access-token-rejected') return { outcome: 'unavailable' }
    ports.workloadAccessTokens.drop(request.userSession)
  }
  return { outcome: 'unavailable' }
}
