import { AsyncLocalStorage } from 'node:async_hooks'
import type { WorkloadIdentity } from '@agent-identity/agentcore-identity'
import { type AskedFor, createAuditedWorkloadAccessTokens, existingToken } from '@agent-identity/authorization'
import type { OfferedProviders, UserSessionRef } from '@agent-identity/contracts'
import { type Audit, type Clock, sha256 } from '@agent-identity/service-runtime'
import type { Caller } from '../access/caller.ts'

/** `unavailable`: it is not known whether there is a token. */
export type TokenOutcome = { outcome: 'token'; accessToken: string } | { outcome: 'none' | 'unavailable' }

/**
 * Steps 3 and 4 of docs/flow.md, with the client's access token as the identity artifact. The workload identity must be the agent
 * workload's: another one has another vault. An authorization URL is dropped: a consent needs a user session's artifact.
 */
export function createUserAccess(settings: {
  identity: WorkloadIdentity
  offered: OfferedProviders
  returnUrl: string
  ttlSeconds: number
  audit: Audit
  clock: Clock
}) {
  const { identity, offered, returnUrl, ttlSeconds, audit, clock } = settings
  const presenting = new AsyncLocalStorage<Caller>()
  /** The audit trail names the client in the place of a user session. */
  const auditOfCaller: Audit = (event) => {
    const { userSession: _ofTheToken, ...said } = event as typeof event & { userSession?: unknown }
    audit({ ...said, clientId: presenting.getStore()?.clientId } as typeof event)
  }
  const workloadAccessTokens = createAuditedWorkloadAccessTokens(
    {
      identity,
      async artifactFor() {
        const caller = presenting.getStore()
        if (!caller) throw new Error('There is no caller to mint for')
        return { artifact: { kind: 'jwt', userToken: caller.accessToken }, endsAt: caller.expiresAt }
      },
      ttlSeconds,
      // No consent is completed with this artifact: it need not outlive one.
      authorizationSeconds: 0,
      clock,
    },
    auditOfCaller,
  )
  const ports = { offered, workloadAccessTokens, identity, returnUrl, audit: auditOfCaller }

  return {
    tokenFor: (caller: Caller, asked: AskedFor): Promise<TokenOutcome> =>
      presenting.run(caller, () =>
        existingToken({ ...asked, userSession: refOf(caller), user: caller.user, requestId: caller.requestId }, ports),
      ),
  }
}

/** Each access token has a workload access token of its own. */
const refOf = ({ accessToken }: Caller) => sha256(`mcp access token\n${accessToken}`).slice(0, 22) as UserSessionRef
