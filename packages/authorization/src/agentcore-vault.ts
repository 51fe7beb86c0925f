import type { AccessTokenOutcome, WorkloadIdentity } from '@agent-identity/agentcore-identity'
import {
  type Entry,
  type IdentityArtifact,
  type OfferedProviders,
  scopesAsSent,
  splitScopes,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { type Audit, randomToken } from '@agent-identity/service-runtime'
import type { Who } from './connections/connections.ts'
import type { AuditedWorkloadAccessTokens } from './identify/audited-minting.ts'
import type { Asking, Vault } from './vault.ts'

/** In the name of a user session, or of the user session and client that the caller's own token stands for. */
export interface AgentCoreVaultPorts {
  offered: OfferedProviders
  workloadAccessTokens: AuditedWorkloadAccessTokens
  identity: Pick<WorkloadIdentity, 'requestAccessToken'>
  returnUrl: string
  /** AgentCore would still accept a cached workload access token of a user session that has ended. */
  isSignedIn(user: UserRef, userSession: UserSessionRef): Promise<boolean>
  audit: Audit
}

type Asked =
  | { reply: Exclude<AccessTokenOutcome, { outcome: 'workload-access-token-rejected' }>; artifact: IdentityArtifact }
  | { failed: 'signed-out' | 'unavailable' | 'refused' }

export function createAgentCoreVault(ports: AgentCoreVaultPorts): Vault {
  const { offered, workloadAccessTokens, identity, returnUrl, audit } = ports

  /** An authorization server may expect another separator than a space. The folder of the entry's provider knows it. */
  const asSent = ({ credentialProvider, scopes }: Entry) => {
    const provider = [...offered.values()].find((one) => one.credentialProvider === credentialProvider)
    return scopesAsSent(provider ?? {}, splitScopes(scopes))
  }

  async function ask(who: Who, entry: Entry, state: string, forceAuthentication: boolean): Promise<Asked> {
    const { user, userSession, requestId } = who
    if (userSession === undefined || !(await ports.isSignedIn(user, userSession))) return { failed: 'signed-out' }
    for (let attempt = 1; attempt <= 2; attempt++) {
      const minted = await workloadAccessTokens.get({ user, userSession, requestId }, entry.userIdSuffix)
      if (minted.outcome !== 'minted') return { failed: minted.outcome }
      const reply = await identity.requestAccessToken({
        workloadAccessToken: minted.workloadAccessToken,
        credentialProvider: entry.credentialProvider,
        scopes: asSent(entry),
        customParameters: entry.parameters,
        returnUrl,
        state,
        ...(forceAuthentication ? { forceAuthentication: true } : {}),
      })
      if (reply.outcome !== 'workload-access-token-rejected') return { reply, artifact: minted.artifact }
      workloadAccessTokens.drop(userSession)
    }
    return { failed: 'unavailable' }
  }

  const obtained = (
    { user, userSession, requestId }: Who,
    { credentialProvider, scopes }: Entry,
    asking: Asking,
    awsRequestId: string | undefined,
  ) => {
    const provider = [...offered.values()].find((one) => one.credentialProvider === credentialProvider)
    if (!provider) return
    audit({
      event: 'token_obtained',
      ...{ user, userSession, requestId },
      provider: provider.id,
      credential: 'user',
      scopes: splitScopes(scopes),
      ...asking,
      awsRequestId,
    })
  }

  return {
    async request(who, entry, state) {
      const asked = await ask(who, entry, state, false)
      if ('failed' in asked) return { outcome: asked.failed }
      const { reply, artifact } = asked
      switch (reply.outcome) {
        case 'authorization-required': {
          const { authorizationUrl, sessionUri, awsRequestId } = reply
          return { outcome: 'authorization-required', authorizationUrl, sessionUri, artifact, awsRequestId }
        }
        case 'token':
          return { outcome: 'token', accessToken: reply.accessToken }
        case 'unavailable':
          return { outcome: 'unavailable' }
        default:
          return { outcome: 'refused' }
      }
    },

    async read(who, entry, asking = {}) {
      const asked = await ask(who, entry, randomToken(32), false)
      if ('failed' in asked) return { outcome: asked.failed }
      const { reply } = asked
      switch (reply.outcome) {
        case 'token':
          obtained(who, entry, asking, reply.awsRequestId)
          return { outcome: 'token', accessToken: reply.accessToken }
        case 'authorization-required':
        case 'in-progress':
        case 'failed':
          return { outcome: 'none' }
        default:
          return { outcome: reply.outcome }
      }
    },

    async clear(who, entry) {
      // A token that was minted before the user session ended must not be used.
      if (who.userSession) workloadAccessTokens.drop(who.userSession)
      const asked = await ask(who, entry, randomToken(32), true)
      if ('failed' in asked) return asked.failed
      const { outcome } = asked.reply
      // Where AgentCore has not started over, the entry is not cleared.
      if (outcome === 'authorization-required') return 'cleared'
      return outcome === 'refused' ? 'refused' : 'unavailable'
    },
  }
}
