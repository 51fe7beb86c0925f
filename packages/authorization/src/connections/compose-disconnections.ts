import type { ConnectionRef, OfferedProviders, ProviderId } from '@agent-identity/contracts'
import type { Audit, Clock, Logger, RedisClient } from '@agent-identity/service-runtime'
import type { PendingAuthorizations } from '../pending-authorizations.ts'
import type { RequestAuthorizationPorts } from '../request-authorization.ts'
import type { ConnectionCalls } from './connection-calls.ts'
import type { ConnectionRecords } from './connection-records.ts'
import { isUnderWay } from './connection-state.ts'
import { createConnectionVault } from './connection-vault.ts'
import { createDisconnections } from './disconnections.ts'
import { type SettleRevocationPorts, settleRevocation } from './settle-revocation.ts'

interface Dependencies {
  redis: RedisClient
  offered: OfferedProviders
  atAgentCore: RequestAuthorizationPorts & { authorizations: PendingAuthorizations }
  records: ConnectionRecords
  calls: ConnectionCalls
  revoke: SettleRevocationPorts['revoke']
  notify: Parameters<typeof createDisconnections>[0]['notify']
  audit: Audit
  clock: Clock
  log: Logger
}

/** How a connection ends: the story of disconnections.ts, and behind it the steps of settle-revocation.ts. */
export function composeDisconnections(dependencies: Dependencies) {
  const { offered, atAgentCore } = dependencies
  const { authorizations } = atAgentCore
  const vault = createConnectionVault(atAgentCore)

  async function isConsenting(ref: ConnectionRef, generation: number): Promise<boolean> {
    // Also for another account of the provider: at the vendor it may be the same one.
    const listed = (await authorizations.listOfUser(ref.user)).filter(({ record }) => record.provider === ref.provider)
    return listed.some(
      ({ record }) =>
        (record.named !== ref.named || (record.generation ?? 0) === generation) &&
        record.browserHash &&
        isUnderWay(record, dependencies.clock()),
    )
  }

  const ports = {
    ...dependencies,
    vault,
    isConsenting,
    wayOf: (provider: ProviderId) => offered.get(provider)?.revocation,
  }
  return createDisconnections({
    ...dependencies,
    authorizations,
    settle: (ref) => settleRevocation(ref, ports),
  })
}
