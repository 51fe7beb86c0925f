import type { IdentityArtifact, UserSessionRef } from '@agent-identity/contracts'
import { type Clock, createExpiringCache, type Loaded } from '@agent-identity/service-runtime'
import { jwtExpiry } from './jwt-expiry.ts'
import type { WorkloadIdentity } from './workload-identity.ts'

/** The workload access tokens of this process, one per user session; in memory and nowhere else. */
export interface WorkloadAccessTokens {
  get(ref: UserSessionRef): Promise<WorkloadAccessTokenOutcome>
  /** Forgets the token: AgentCore rejected it, or the user signed out. A mint that is under way is not kept either. */
  drop(ref: UserSessionRef): void
}

export type WorkloadAccessTokenOutcome =
  /** `artifact` is the one that minted the token: completing an authorization takes that very one and no other. */
  | { outcome: 'minted'; workloadAccessToken: string; artifact: IdentityArtifact }
  | { outcome: 'signed-out' }
  | { outcome: 'refused' }
  | { outcome: 'unavailable' }

export interface WorkloadAccessTokensSettings {
  identity: Pick<WorkloadIdentity, 'mintWorkloadAccessToken'>
  /**
   * What names the user of this user session, and when that ends, in Unix milliseconds.
   *
   * @param validForSeconds an artifact with less life left should be refreshed first.
   */
  artifactFor(
    ref: UserSessionRef,
    validForSeconds: number,
  ): Promise<{ artifact: IdentityArtifact; endsAt: number } | 'signed-out' | 'unavailable'>
  /** How long a token is used. AWS's developer guide says that it lasts 15 minutes; one that ended sooner is minted anew. */
  ttlSeconds: number
  /** How long an authorization may take: the artifact must still be good when the user comes back from it. */
  authorizationSeconds: number
  clock: Clock
  /** Entries kept; the least recently used goes first. */
  maxEntries?: number
}

/** For clocks that differ and for the calls around the authorization. */
const MARGIN_SECONDS = 60

export function createWorkloadAccessTokens(settings: WorkloadAccessTokensSettings): WorkloadAccessTokens {
  const { identity, artifactFor, ttlSeconds, clock } = settings
  const artifactSeconds = settings.authorizationSeconds + MARGIN_SECONDS
  const tokens = createExpiringCache<WorkloadAccessTokenOutcome>(settings)

  async function mint(ref: UserSessionRef): Promise<Loaded<WorkloadAccessTokenOutcome>> {
    const found = await artifactFor(ref, artifactSeconds)
    if (typeof found === 'string') return { value: { outcome: found } }
    const { artifact } = found
    const askedAt = clock()
    const reply = await identity.mintWorkloadAccessToken(artifact)
    if (reply.outcome !== 'minted') return { value: { outcome: reply.outcome } }
    const saysItself = artifact.kind === 'jwt' ? jwtExpiry(artifact.userToken) : undefined
    const artifactEndsAt = Math.min(found.endsAt, saysItself ?? found.endsAt)
    return {
      value: { outcome: 'minted', workloadAccessToken: reply.workloadAccessToken, artifact },
      usableUntil: Math.min(askedAt + ttlSeconds * 1_000, artifactEndsAt - artifactSeconds * 1_000),
    }
  }

  return {
    get: (ref) => tokens.get(ref, () => mint(ref)),
    drop: (ref) => tokens.drop((key) => key === ref),
  }
}
