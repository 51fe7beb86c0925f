import type { WithoutConsentOutcome, WorkloadIdentity } from '@agent-identity/agentcore-identity'
import {
  type AuditEvent,
  type CredentialKind,
  isInCatalogue,
  type OfferedProvider,
  type TurnId,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { type Audit, type Clock, createExpiringCache, type Loaded } from '@agent-identity/service-runtime'
import type { AuditedWorkloadAccessTokens } from '../identify/audited-minting.ts'

export type WithoutConsent = OfferedProvider & { credential: Exclude<CredentialKind, 'user'> }

export const needsNoConsent = (provider: OfferedProvider): provider is WithoutConsent => provider.credential !== 'user'

interface Asking {
  userSession: UserSessionRef
  user: UserRef
  requestId: string
  turnId?: TurnId
}

export type WithoutConsentAccess =
  | { outcome: 'token'; accessToken: string }
  | { outcome: 'not-offered' | 'refused' | 'unavailable' | 'signed-out' }

export interface AccessWithoutConsent {
  tokenFor(
    asking: Asking,
    provider: WithoutConsent,
    scopes: readonly string[],
    rejected?: 'rejected',
  ): Promise<WithoutConsentAccess>
  /** Drops what was exchanged in this user session. */
  drop(ref: UserSessionRef): void
}

interface Dependencies {
  identity: Pick<WorkloadIdentity, 'mintWithoutUser' | 'requestWithoutConsent'>
  workloadAccessTokens: AuditedWorkloadAccessTokens
  workloadTokenSeconds: number
  ttlSeconds: number
  audit: Audit
  clock: Clock
}

/** A cached token should stay valid during its call. */
const MARGIN_MS = 60_000

/**
 * Step 4 without consent. AgentCore does not report when these tokens and keys expire. It is not known whether AgentCore caches a machine's token:
 * through its Gateway, the only case that was seen, it did not. This process caches tokens and keys for a short time.
 */
export function createAccessWithoutConsent(dependencies: Dependencies): AccessWithoutConsent {
  const { identity, workloadAccessTokens, workloadTokenSeconds, ttlSeconds, audit, clock } = dependencies
  const access = createExpiringCache<WithoutConsentAccess>({ clock })
  const workloadTokens = createExpiringCache<WorkloadToken>({ clock })

  async function mintWithoutUser({ user, userSession, requestId }: Asking): Promise<Loaded<WorkloadToken>> {
    const askedAt = clock()
    const { outcome, ...reply } = await identity.mintWithoutUser()
    if (!('workloadAccessToken' in reply))
      return { value: { outcome: outcome === 'refused' ? outcome : 'unavailable' } }
    const { workloadAccessToken, awsRequestId } = reply
    audit({
      event: 'workload_access_token_minted',
      user,
      userSession,
      requestId,
      identityArtifact: 'none',
      awsRequestId,
    })
    return { value: { outcome: 'minted', workloadAccessToken }, usableUntil: askedAt + workloadTokenSeconds * 1_000 }
  }

  const workloadTokenFor = async (asking: Asking, credential: WithoutConsent['credential']): Promise<WorkloadToken> => {
    if (credential !== 'on-behalf-of') return workloadTokens.get(WORKLOAD, () => mintWithoutUser(asking))
    const minted = await workloadAccessTokens.get(asking)
    // AgentCore exchanges the user's own JWT. With a user id there is nothing to exchange.
    if (minted.outcome === 'minted' && minted.artifact.kind !== 'jwt') return { outcome: 'refused' }
    return minted
  }

  async function ask(
    asking: Asking,
    provider: WithoutConsent,
    scopes: readonly string[],
    forceAuthentication: boolean,
  ): Promise<Loaded<WithoutConsentAccess>> {
    const { credential, credentialProvider, audiences } = provider
    for (let attempt = 1; attempt <= 2; attempt++) {
      const workloadToken = await workloadTokenFor(asking, credential)
      if (workloadToken.outcome !== 'minted') return { value: workloadToken }
      const { workloadAccessToken } = workloadToken
      const askedAt = clock()
      const request = { workloadAccessToken, credential, credentialProvider, scopes, audiences, forceAuthentication }
      const reply = await identity.requestWithoutConsent(request)
      if (reply.outcome === 'token') {
        audit(obtained(asking, provider, scopes, reply.awsRequestId))
        return {
          value: { outcome: 'token', accessToken: reply.accessToken },
          usableUntil: Math.min(askedAt + ttlSeconds * 1_000, (reply.endsAt ?? Infinity) - MARGIN_MS),
        }
      }
      if (reply.outcome !== 'workload-access-token-rejected') return { value: { outcome: reply.outcome } }
      if (credential === 'on-behalf-of') workloadAccessTokens.drop(asking.userSession)
      else workloadTokens.drop(() => true)
    }
    return { value: { outcome: 'unavailable' } }
  }

  return {
    async tokenFor(asking, provider, scopes, rejected) {
      // The credential `user` needs a consent, which is not asked for here.
      if (!needsNoConsent(provider)) return { outcome: 'not-offered' }
      if (!scopes.every((scope) => isInCatalogue(provider, scope))) return { outcome: 'not-offered' }
      const key = keyOf(asking, provider, scopes)
      if (rejected) access.drop((kept) => kept === key)
      return access.get(key, () => ask(asking, provider, scopes, rejected !== undefined))
    },
    drop: (ref) => access.drop((key) => key.startsWith(`${ref} `)),
  }
}

type WorkloadToken =
  | { outcome: 'minted'; workloadAccessToken: string }
  | { outcome: 'refused' | 'unavailable' | 'signed-out' }

const WORKLOAD = 'workload'

/** A user's own token must not be found by another user, or in another user session. */
function keyOf({ userSession, user }: Asking, provider: WithoutConsent, scopes: readonly string[]): string {
  const owner = provider.credential === 'on-behalf-of' ? `${userSession} ${user}` : 'agent'
  return [owner, provider.id, ...(provider.credential === 'api-key' ? [] : scopes)].join(' ')
}

const obtained = (
  { user, userSession, requestId, turnId }: Asking,
  { id, credential }: WithoutConsent,
  scopes: readonly string[],
  awsRequestId: WithoutConsentOutcome['awsRequestId'],
): AuditEvent => ({
  event: 'token_obtained',
  user,
  userSession,
  requestId,
  provider: id,
  credential,
  scopes: [...scopes],
  turnId,
  awsRequestId,
})
