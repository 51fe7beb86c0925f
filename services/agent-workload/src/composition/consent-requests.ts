import {
  type ComposedAuthorization,
  type ConsentRequestRecords,
  createConsentRequestRecords,
  startConsentRequest,
} from '@agent-identity/authorization'
import type { Runtime } from './runtime.ts'

/** @returns undefined where there is no MCP server. */
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
