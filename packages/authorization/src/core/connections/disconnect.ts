import type { ConnectionId, ProviderId } from '@agent-identity/contracts'
import type { Authorizations } from '../need/authorizations.ts'
import type { Connection } from '../records.ts'
import { endAuthorization, type SettlePorts } from '../settle/settle-start.ts'
import type { Connections, Who } from './connections.ts'

/**
 * The pointer is dropped first: no call begins after it, and no consent from before connects. Then what was still being asked for is called off. The
 * endings, which were written before the pointer moved, end the tokens.
 *
 * @param id absent: all connections at the provider
 * @returns those that have ended now
 */
export async function disconnect(
  who: Who,
  provider: ProviderId,
  id: ConnectionId | undefined,
  ports: { connections: Pick<Connections, 'end'>; authorizations: Pick<Authorizations, 'listOpen' | 'end'> } & Pick<
    SettlePorts,
    'starts' | 'tell'
  >,
): Promise<Connection[]> {
  const ended = await ports.connections.end(who, provider, id)
  for (const one of await ports.authorizations.listOpen(who.user)) {
    if (one.provider !== provider || (id !== undefined && one.connection !== id)) continue
    await endAuthorization(one, { outcome: 'failed', code: 'cancelled' }, ports)
  }
  return ended
}
