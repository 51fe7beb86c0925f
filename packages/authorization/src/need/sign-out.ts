import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import { type EndPorts, endAuthorization } from '../settle/settle-start.ts'
import type { Authorizations } from './authorizations.ts'

/**
 * What was asked for in a user session is called off with it. Nothing binds any more: the claim looks for the user session. A consent that was claimed
 * before is settled as one that is not needed, and its entry is cleared in the user's next session.
 */
export async function callOffAtSignOut(
  user: UserRef,
  userSession: UserSessionRef,
  ports: EndPorts & { authorizations: Pick<Authorizations, 'listOpen'> },
): Promise<void> {
  for (const one of await ports.authorizations.listOpen(user))
    if (one.userSession === userSession) await endAuthorization(one, { outcome: 'failed', code: 'cancelled' }, ports)
}
