import {
  type AuthorizationId,
  type PendingAuthorization,
  type UserSessionRef,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { accessForTurn } from './access-for-turn.ts'
import type { AccessForTurnPorts, AskingTurn } from './access-for-turn-ports.ts'
import type { AccessWithoutConsent } from './access-without-consent.ts'
import type { Accounts } from './connections/accounts.ts'
import type { Connect } from './connections/connect.ts'
import type { ConnectionCalls } from './connections/connection-calls.ts'
import type { Connections } from './connections/connections.ts'
import type { Disconnections } from './connections/disconnections.ts'
import type { PendingAuthorizations } from './pending-authorizations.ts'
import {
  type AccessOutcome,
  type AccessRequest,
  existingToken,
  type RequestAuthorizationPorts,
  requestAccess,
} from './request-authorization.ts'
import { type SettleAuthorizationPorts, settleAuthorization } from './settle-authorization.ts'
import { keepUncompared } from './uncompared-consents.ts'

interface Dependencies extends RequestAuthorizationPorts {
  sessions: { find(ref: UserSessionRef): Promise<CurrentUserSession | undefined> }
  authorizations: PendingAuthorizations
  connections: Connections
  accounts: Accounts
  notify(id: AuthorizationId): Promise<void>
  withoutConsent: AccessWithoutConsent
  waiting: SettleAuthorizationPorts['waiting']
  calls: ConnectionCalls
  connect: Connect
  disconnections: Pick<Disconnections, 'untilRead'>
  clock: Clock
}

/** Steps 3, 4, 5 and 10 of docs/flow.md. */
export function createAuthorization(dependencies: Dependencies) {
  const { offered, sessions, authorizations, connections, accounts, waiting, calls, connect, audit, clock } =
    dependencies
  async function request(access: AccessRequest): Promise<AccessOutcome> {
    // A request that starts over clears its entry of the vault. A disconnection must have read the token before, to revoke it.
    if (access.forceAuthentication && !(await dependencies.disconnections.untilRead(access)))
      return { outcome: 'unavailable' }
    return requestAccess(access, dependencies)
  }

  return {
    requestAccess: request,

    existingToken: (access: AccessRequest) => existingToken(access, dependencies),

    /** @param asked the turn's memory */
    accessFor: (turn: AskingTurn, asked: AccessForTurnPorts['asked']) =>
      accessForTurn(turn, {
        offered,
        isSignedIn: async (ref) => (await sessions.find(ref))?.userRef === turn.user,
        requestAccess: request,
        accessWithoutConsent: dependencies.withoutConsent.tokenFor,
        authorizations,
        connections,
        accounts,
        calls,
        asked,
        lookAgain: dependencies.notify,
        clock,
      }),

    settle: (id: AuthorizationId) =>
      settleAuthorization(id, {
        authorizations,
        // A cached workload access token of a user session that has ended must not be used.
        existingToken: async (access) =>
          (await sessions.find(access.userSession))?.userRef === access.user
            ? existingToken(access, dependencies)
            : { outcome: 'none' },
        offered,
        connections,
        connect,
        waiting,
        audit,
        clock,
      }),

    async tellSetAside(authorizationId: AuthorizationId, instead: PendingAuthorization): Promise<void> {
      const { owner, displayName } = instead
      const person = { owner, userSession: userSessionRefOf(authorizationId) }
      for (const waiter of await authorizations.waiters(authorizationId)) {
        // The set of waiters is not sealed: it may have other users' waiters.
        if (!(await waiting.isOf(waiter, person))) continue
        await waiting.tell(waiter, {
          event: 'authorization_set_aside',
          data: { authorizationId, instead: { displayName } },
        })
      }
    },

    /** The turns that waited are resumed, so that they end. */
    async signOut(ref: UserSessionRef): Promise<void> {
      for (const { id, record } of await authorizations.listUnsettled(ref))
        await keepUncompared(id, record, { offered, connections })
      for (const waiter of await authorizations.removeAll(ref)) await waiting.resume(waiter)
    },
  }
}

export type Authorization = ReturnType<typeof createAuthorization>
