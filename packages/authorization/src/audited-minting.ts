import { AsyncLocalStorage } from 'node:async_hooks'
import {
  createWorkloadAccessTokens,
  type WorkloadAccessTokenOutcome,
  type WorkloadAccessTokensSettings,
} from '@agent-identity/agentcore-identity'
import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { Audit } from '@agent-identity/service-runtime'

/** For whom, and on whose behalf: the request that asks, or the one that asked the turn. */
interface Asking {
  userSession: UserSessionRef
  user: UserRef
  requestId: string
}

export interface AuditedWorkloadAccessTokens {
  get(asking: Asking): Promise<WorkloadAccessTokenOutcome>
  drop(ref: UserSessionRef): void
}

/**
 * Step 3, with a line in the audit trail for every token that is minted. Who asks while one is being minted waits for it, so
 * the line names the request that asked first; a token that is at hand makes none.
 */
export function createAuditedWorkloadAccessTokens(
  settings: WorkloadAccessTokensSettings,
  audit: Audit,
): AuditedWorkloadAccessTokens {
  // The minting itself is the package's business and knows nothing of requests: this is who caused it.
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
    get: (asker) => {
      // Exactly these: what else the caller knows is none of the trail's business.
      const { userSession, user, requestId } = asker
      return asking.run({ userSession, user, requestId }, () => tokens.get(userSession))
    },
    drop: tokens.drop,
  }
}
