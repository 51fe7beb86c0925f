import type { IdentityArtifact, UserSessionRef } from '@agent-identity/contracts'
import { type Clock, createExpiringCache, type Loaded } from '@agent-identity/service-runtime'
import { jwtExpiry } from './jwt-expiry.ts'
import type { WorkloadIdentity } from './workload-identity.ts'

/** Users' workload access tokens, in memory. In the MCP server, a `ref` stands for one access token of a client. */
export interface WorkloadAccessTokens {
  /** @param userIdSuffix is added to the user id. A token for it is minted for this one call: each is of one entry of the token vault. */
  get(ref: UserSessionRef, userIdSuffix?: string): Promise<WorkloadAccessTokenOutcome>
  /** The result of a minting in progress is not kept either. */
  drop(ref: UserSessionRef): void
}

export type WorkloadAccessTokenOutcome =
  /** Completing an authorization needs the `artifact` that minted the token. */
  | { outcome: 'minted'; workloadAccessToken: string; artifact: IdentityArtifact }
  | { outcome: 'signed-out' }
  | { outcome: 'refused' }
  | { outcome: 'unavailable' }

export interface WorkloadAccessTokensSettings {
  identity: Pick<WorkloadIdentity, 'mintWorkloadAccessToken'>
  /**
   * @param validForSeconds an artifact that expires sooner should be refreshed first.
   * @returns `endsAt` in Unix milliseconds
   */
  artifactFor(
    ref: UserSessionRef,
    validForSeconds: number,
  ): Promise<{ artifact: IdentityArtifact; endsAt: number } | 'signed-out' | 'unavailable'>
  /** How long a token is used at the most. A workload access token lasts 15 minutes (AWS's developer guide). */
  ttlSeconds: number
  /** How long an authorization may take: the artifact must still be valid when the user returns. */
  authorizationSeconds: number
  clock: Clock
  /** Beyond it, the least recently used token is dropped. */
  maxEntries?: number
}

/** For clock differences, and the calls before and after the authorization. */
const MARGIN_SECONDS = 60

export function createWorkloadAccessTokens(settings: WorkloadAccessTokensSettings): WorkloadAccessTokens {
  const { identity, artifactFor, ttlSeconds, clock } = settings
  const artifactSeconds = settings.authorizationSeconds + MARGIN_SECONDS
  const tokens = createExpiringCache<WorkloadAccessTokenOutcome>(settings)

  async function mint(ref: UserSessionRef, userIdSuffix = ''): Promise<Loaded<WorkloadAccessTokenOutcome>> {
    const found = await artifactFor(ref, artifactSeconds)
    if (typeof found === 'string') return { value: { outcome: found } }
    const artifact = withSuffix(found.artifact, userIdSuffix)
    // A JWT names its user itself.
    if (!artifact) return { value: { outcome: 'refused' } }
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
    get: async (ref, userIdSuffix) =>
      userIdSuffix === undefined ? tokens.get(ref, () => mint(ref)) : (await mint(ref, userIdSuffix)).value,
    drop: (ref) => tokens.drop((key) => key === ref),
  }
}

const withSuffix = (artifact: IdentityArtifact, suffix: string): IdentityArtifact | undefined => {
  if (suffix === '') return artifact
  return artifact.kind === 'user-id' ? { ...artifact, userId: `${artifact.userId}${suffix}` } : undefined
}
