import {
  type ConnectionRef,
  type OfferedProviders,
  type PendingAuthorization,
  type ProviderId,
  splitScopes,
} from '@agent-identity/contracts'
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

export function composeDisconnections(dependencies: Dependencies) {
  const { offered, atAgentCore, clock } = dependencies
  const { authorizations } = atAgentCore
  const vault = createConnectionVault(atAgentCore)

  async function isConsenting(ref: ConnectionRef, generation: number): Promise<boolean> {
    for (const { record } of await authorizations.listOfUser(ref.user)) {
      if (record.provider !== ref.provider || !record.browserHash || !isUnderWay(record, clock())) continue
      if (record.named === ref.named && (record.generation ?? 0) === generation) return true
      // A consent for another connection may be for the same account at the vendor.
      if (record.named !== ref.named && !(await isSettled(record))) return true
    }
    return false
  }

  const isSettled = async (record: PendingAuthorization): Promise<boolean> => {
    if (record.status !== 'bound') return false
    const { owner: user, provider, named, scopes, generation = 0 } = record
    const parameters = record.parameters ?? { ...offered.get(provider)?.customParameters }
    const asked = { user, provider, named, scopes: splitScopes(scopes), parameters, generation }
    return (await authorizations.findUnchecked(asked)) === undefined
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
