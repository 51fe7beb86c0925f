import { AsyncLocalStorage } from 'node:async_hooks'
import {
  createWorkloadAccessTokens,
  type WorkloadAccessTokenOutcome,
  type WorkloadAccessTokensSettings,
} from '@agent-identity/agentcore-identity'
import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { Audit } from '@agent-identity/service-runtime'

/** The user, and the request: the one being answered, or the one that started the turn. */
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
 * Step 3, with an audit line for every minted token. A caller that comes during a minting waits for it, so the line names the request that came first; a
 * cached token causes no line.
 */
export function createAuditedWorkloadAccessTokens(
  settings: WorkloadAccessTokensSettings,
  audit: Audit,
): AuditedWorkloadAccessTokens {
  // The minting package knows no requests: this passes the causing request along.
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
      // Exactly these members: the caller may have others that do not belong in the trail.
      const { userSession, user, requestId } = asker
      return asking.run({ userSession, user, requestId }, () => tokens.get(userSession))
    },
    drop: tokens.drop,
  }
}
