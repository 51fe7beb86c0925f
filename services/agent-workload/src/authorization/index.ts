import {
  type AuthorizationId,
  type PendingAuthorization,
  PROVIDERS,
  type ProviderId,
  type Turn,
  type TurnId,
  type UserSessionRef,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Connections } from '../connections/connections.ts'
import type { Run } from '../turns/run.ts'
import type { Turns } from '../turns/turns.ts'
import type { WorkQueue } from '../turns/work-queue.ts'
import { accessForTurn } from './access-for-turn.ts'
import type { PendingAuthorizations } from './pending-authorizations.ts'
import {
  type AccessRequest,
  existingToken,
  type RequestAuthorizationPorts,
  requestAccess,
} from './request-authorization.ts'
import { settleAuthorization } from './settle-authorization.ts'

interface Dependencies extends RequestAuthorizationPorts {
  sessions: { find(ref: UserSessionRef): Promise<CurrentUserSession | undefined> }
  authorizations: PendingAuthorizations
  connections: Connections
  turns: Turns
  work: WorkQueue
  accountOf(provider: ProviderId, accessToken: string): Promise<string | undefined>
  clock: Clock
}

/** Steps 3 to 6 and 10, put together: what the rest of the service asks of them. */
export function createAuthorization(dependencies: Dependencies) {
  const { sessions, authorizations, connections, turns, work, accountOf, audit, clock } = dependencies
  const request = (access: AccessRequest) => requestAccess(access, dependencies)

  return {
    requestAccess: request,

    accessFor: ({ turnId, run, record }: { turnId: TurnId; run: Run; record: Turn }) =>
      accessForTurn(
        { turnId, userSession: record.userSession, user: record.owner, requestId: record.requestId },
        {
          isSignedIn: async (ref) => (await sessions.find(ref))?.userRef === record.owner,
          requestAccess: request,
          authorizations,
          connections,
          asked: turns.asked(turnId, run),
        },
      ),

    settle: (id: AuthorizationId) =>
      settleAuthorization(id, {
        authorizations,
        // A replica may still hold a workload access token of a user session that has run out: it is used no more.
        existingToken: async (access) =>
          (await sessions.find(access.userSession))?.userRef === access.user
            ? existingToken(access, dependencies)
            : { outcome: 'none' },
        accountOf,
        connections,
        waiting: {
          async isOf(turnId, { owner, userSession }) {
            const turn = await turns.read(turnId)
            return turn?.owner === owner && turn.userSession === userSession
          },
          tell: (turnId, event) => turns.append(turnId, event),
          resume: (turnId) => work.enqueue({ turnId, kind: 'resume' }),
        },
        audit,
        clock,
      }),

    /** The user went on with `instead` in the same browser: whoever shows the other one offers to start it again. */
    async tellSetAside(authorizationId: AuthorizationId, instead: PendingAuthorization): Promise<void> {
      const { displayName } = PROVIDERS[instead.provider]
      for (const turnId of await authorizations.waitingTurns(authorizationId))
        await turns.append(turnId, {
          event: 'authorization_set_aside',
          data: { authorizationId, instead: { displayName } },
        })
    },

    /** The user session has ended: what it was being asked for ends too, and the turns that waited for it are woken to say so. */
    async signOut(ref: UserSessionRef): Promise<void> {
      for (const turnId of await authorizations.removeAll(ref)) await work.enqueue({ turnId, kind: 'resume' })
    },
  }
}

export type Authorization = ReturnType<typeof createAuthorization>
