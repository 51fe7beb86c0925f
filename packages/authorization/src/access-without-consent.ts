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
import type { AuditedWorkloadAccessTokens } from './audited-minting.ts'

/** A provider at which nothing is asked of the user. */
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
  /** @param rejected the resource took what was given before no longer. */
  tokenFor(
    asking: Asking,
    provider: WithoutConsent,
    scopes: readonly string[],
    rejected?: 'rejected',
  ): Promise<WithoutConsentAccess>
  /** The user session is over: what was exchanged on behalf of its user is forgotten. */
  drop(ref: UserSessionRef): void
}

interface Dependencies {
  identity: Pick<WorkloadIdentity, 'mintWithoutUser' | 'requestWithoutConsent'>
  workloadAccessTokens: AuditedWorkloadAccessTokens
  /** How long a workload access token without a user is used. */
  workloadTokenSeconds: number
  /** How long an exchanged token, a machine's token or a key is used at the most. */
  ttlSeconds: number
  audit: Audit
  clock: Clock
}

/** A token that ends sooner is not kept: the call that it is for must still get through. */
const MARGIN_MS = 60_000

/**
 * Step 4 for what needs no consent: no pending authorization, no binding, nothing in Redis. AgentCore says of none of it when it
 * ends, and keeps no token of a machine (seen in 2026), so this process keeps each for a short while: an exchanged token under
 * its user session and for nobody else, the agent's own tokens and keys for all users, because they are the same for all.
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

  /** Who is named to AgentCore: the user whose token is exchanged, or no user at all. */
  const workloadTokenFor = async (asking: Asking, credential: WithoutConsent['credential']): Promise<WorkloadToken> => {
    if (credential !== 'on-behalf-of') return workloadTokens.get(WORKLOAD, () => mintWithoutUser(asking))
    const minted = await workloadAccessTokens.get(asking)
    // AgentCore exchanges the user's own JWT; of a user id there is none.
    if (minted.outcome === 'minted' && minted.artifact.kind !== 'jwt') return { outcome: 'refused' }
    return minted
  }

  async function ask(
    asking: Asking,
    provider: WithoutConsent,
    scopes: readonly string[],
    anew: boolean,
  ): Promise<Loaded<WithoutConsentAccess>> {
    const { credential, credentialProvider, audiences } = provider
    for (let attempt = 1; attempt <= 2; attempt++) {
      const workloadToken = await workloadTokenFor(asking, credential)
      if (workloadToken.outcome !== 'minted') return { value: workloadToken }
      const { workloadAccessToken } = workloadToken
      const askedAt = clock()
      const request = { workloadAccessToken, credential, credentialProvider, scopes, audiences, anew }
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
      // The kind decides how AgentCore is asked: what is a user's to give is given out by no other way.
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

/** What is a user's own begins with the user session and names the user; what is the agent's names neither. */
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
