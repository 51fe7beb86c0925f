import type { Connection, ConnectionId, ProviderId } from '@agent-identity/contracts'
import type { Authorizations } from '../need/authorizations.ts'
import { type EndPorts, endAuthorization } from '../settle/settle-start.ts'
import type { Connections, Who } from './connections.ts'

/**
 * The pointer is dropped first: no call begins after it, and no consent from before connects. Then what was still being asked for is called off. The
 * endings, which were written before the pointer moved, end the tokens.
 *
 * @param id absent: all connections at the provider
 * @returns those that have ended now, and how many authorizations were called off
 */
export async function disconnect(
  who: Who,
  provider: ProviderId,
  id: ConnectionId | undefined,
  ports: EndPorts & { connections: Pick<Connections, 'end'>; authorizations: Pick<Authorizations, 'listOpen'> },
): Promise<{ ended: Connection[]; calledOff: number }> {
  const ended = await ports.connections.end(who, provider, id)
  let calledOff = 0
  for (const one of await ports.authorizations.listOpen(who.user)) {
    if (one.provider !== provider || (id !== undefined && one.connection !== id)) continue
    await endAuthorization(one, { outcome: 'failed', code: 'cancelled' }, ports, who)
    calledOff += 1
  }
  return { ended, calledOff }
}
