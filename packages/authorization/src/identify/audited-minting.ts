import { AsyncLocalStorage } from 'node:async_hooks'
import {
  createWorkloadAccessTokens,
  type WorkloadAccessTokenOutcome,
  type WorkloadAccessTokensSettings,
} from '@agent-identity/agentcore-identity'
import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { Audit } from '@agent-identity/service-runtime'

interface Asking {
  userSession: UserSessionRef
  user: UserRef
  requestId: string
}

export interface AuditedWorkloadAccessTokens {
  /** @param userIdSuffix of the user id, in mode `user-id`: then the token is not cached */
  get(asking: Asking, userIdSuffix?: string): Promise<WorkloadAccessTokenOutcome>
  drop(ref: UserSessionRef): void
}

/** When callers share a minting, its audit line names the first caller's request. */
export function createAuditedWorkloadAccessTokens(
  settings: WorkloadAccessTokensSettings,
  audit: Audit,
): AuditedWorkloadAccessTokens {
  const asking = new AsyncLocalStorage<Asking>()
  const tokens = createWorkloadAccessTokens({
    ...settings,
    identity: {
      async mintWorkloadAccessToken(artifact) {
        const reply = await settings.identity.mintWorkloadAccessToken(artifact)
        const asker = asking.getStore()
        if (reply.outcome === 'minted' && asker)
          audit({
            event: 'workload_access_token_minted',
            ...asker,
            identityArtifact: artifact.kind,
            awsRequestId: reply.awsRequestId,
          })
        return reply
      },
    },
  })
  return {
    get: (asker, userIdSuffix) => {
      // A caller's object may have members that do not belong in the audit trail.
      const { userSession, user, requestId } = asker
      return asking.run({ userSession, user, requestId }, () => tokens.get(userSession, userIdSuffix))
    },
    drop: tokens.drop,
  }
}
