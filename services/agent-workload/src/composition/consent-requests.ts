import {
  type ComposedAuthorization,
  type ConsentRequestRecords,
  createConsentRequestRecords,
  startConsentRequest,
} from '@agent-identity/authorization'
import { isEnded, type ProviderId, type UserRef } from '@agent-identity/contracts'
import type { Runtime } from './runtime.ts'

/** What MCP clients have asked this user for. @returns undefined where there is no MCP server. */
export function composeMcp({ config, redis, log }: Runtime) {
  const { CONNECTION_KEYS: connectionKeys } = config
  return (
    connectionKeys && {
      consentRequests: createConsentRequestRecords({ redis, connectionKeys, service: 'agent-workload', log }),
    }
  )
}

export const startOf =
  (consentRequests: ConsentRequestRecords, authorization: ComposedAuthorization, { clock }: Pick<Runtime, 'clock'>) =>
  (id: Parameters<typeof startConsentRequest>[0], by: Parameters<typeof startConsentRequest>[1]) =>
    startConsentRequest(id, by, { ...authorization, consentRequests, clock })

/** Whether this user has disconnected the account that a consent request would connect: the default one. */
export const disconnectedIn =
  (accounts: ComposedAuthorization['accounts']) =>
  async (user: UserRef, provider: ProviderId): Promise<boolean> => {
    const record = (await accounts.choose(user, provider))?.record
    return record !== undefined && isEnded(record)
  }
