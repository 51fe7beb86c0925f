import { AsyncLocalStorage } from 'node:async_hooks'
import type { WorkloadIdentity } from '@agent-identity/agentcore-identity'
import {
  type Access,
  access,
  composeConnections,
  createAgentCoreVault,
  createAuditedWorkloadAccessTokens,
  createAuthorizations,
  createDueSet,
  createLedger,
  needsReauthorization,
  type Wanted,
} from '@agent-identity/authorization'
import {
  AUTHORIZATIONS_OF_CLIENTS,
  Authorization,
  type AuthorizationId,
  authorizationKey,
  authorizationsKey,
  CLIENT_AUTHORIZATION_TTL_SECONDS,
  DUE_KEY,
  type DueId,
  dueId,
  type KeyRing,
  type OfferedProvider,
  type OfferedProviders,
  type UserSessionRef,
  WaiterId,
} from '@agent-identity/contracts'
import {
  type Audit,
  type Clock,
  type Logger,
  type RedisClient,
  randomToken,
  sha256,
} from '@agent-identity/service-runtime'
import { digestOf } from '@agent-identity/tools'
import type { Caller } from '../access/caller.ts'
import { clientOf, type ToolCall } from './tool-call.ts'

/**
 * Steps 3 and 4 of docs/flow.md, with the client's access token as the identity artifact. The workload identity must be the agent workload's: another
 * one has another vault. An authorization URL is dropped: a consent needs a user session's artifact.
 */
export function composeUserAccess(dependencies: {
  redis: RedisClient
  subscriber: RedisClient
  connectionKeys: KeyRing
  identity: WorkloadIdentity
  offered: OfferedProviders
  returnUrl: string
  ttlSeconds: number
  audit: Audit
  clock: Clock
  log: Logger
}) {
  const { redis, connectionKeys, identity, offered, returnUrl, ttlSeconds, audit, clock, log } = dependencies
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
  const vault = createAgentCoreVault({
    ...{ offered, workloadAccessTokens, identity, returnUrl },
    // The access token was verified.
    isSignedIn: async () => true,
    audit: auditOfCaller,
  })

  const due = createDueSet<DueId>(redis, DUE_KEY)
  const { connections, calls, untilChanged } = composeConnections(dependencies)
  const authorizations = createAuthorizations({
    ledger: createLedger({
      redis,
      keys: connectionKeys,
      purpose: 'authorization',
      schema: Authorization,
      key: authorizationKey as (owner: string, id: string) => string,
      index: authorizationsKey as (owner: string) => string,
      clock,
      log,
    }),
    look: (owner, id, at) => due.lookAt(dueId.authorization(owner, id), at),
    ttlMs: CLIENT_AUTHORIZATION_TTL_SECONDS * 1_000,
    most: AUTHORIZATIONS_OF_CLIENTS,
    newId: () => randomToken(16),
    audit,
    clock,
  })

  return {
    connections,
    calls,
    untilChanged,
    authorizations,

    /** @param asked what this call has asked for before; of a consent in which its user left something out, too: that is not asked for once more */
    accessFor: (
      call: ToolCall,
      provider: OfferedProvider,
      wanted: Wanted,
      asked: AuthorizationId | undefined,
    ): Promise<Access> => {
      const { caller } = call
      const { user, requestId } = caller
      const asker = { waiter: waiterOf(call), user, userSession: refOf(caller), client: clientOf(call), requestId }
      return presenting.run(caller, () =>
        access(asker, provider, wanted, {
          authorizations,
          vault,
          connections: {
            read: connections.read,
            // Decided and not written: this service may only read connections.
            needsReauthorization: async (of, at, id, entry) =>
              needsReauthorization(await connections.read(of, at), id, entry),
          },
          asked: { find: async () => asked, keep: async () => undefined },
        }),
      )
    },

    /** The starts of an authorization are the agent workload's, which is told to call them off. */
    async cancel({ owner, id }: Authorization, requestId: string): Promise<void> {
      await authorizations.end(owner, id, { outcome: 'failed', code: 'cancelled' }, { requestId })
      await due.lookAt(dueId.authorization(owner, id), clock())
    },
  }
}

export type UserAccess = ReturnType<typeof composeUserAccess>

/** Each access token has a workload access token of its own. */
const refOf = ({ accessToken }: Caller) => sha256(`mcp access token\n${accessToken}`).slice(0, 22) as UserSessionRef

/** Without the arguments: an authorization has room for a limited number of waiters, and a call is sent again by its client. */
const waiterOf = ({ caller, tool }: ToolCall) => WaiterId.parse(digestOf(caller.clientId, tool.name))
