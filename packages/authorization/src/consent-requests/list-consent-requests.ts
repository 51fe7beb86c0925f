import {
  type ListedConsentRequest,
  type OfferedProviders,
  scopesInWords,
  startAuthorizationPath,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { RecordsOfUser } from '../erasures/records-of-user.ts'
import { type ConsentRequestRecords, isOver } from './consent-request-records.ts'
import { authorizationOf, type StartConsentRequestPorts } from './start-consent-request.ts'

export interface ListConsentRequestsPorts {
  offered: OfferedProviders
  recordsOfUser: Pick<RecordsOfUser, 'consentRequests'>
  consentRequests: Pick<ConsentRequestRecords, 'read'>
  authorizations: Pick<StartConsentRequestPorts['authorizations'], 'read'>
  clock: Clock
}

/**
 * What the user's MCP clients ask for, the newest first. Most clients cannot show a start link, so the page of connected accounts does. A request
 * whose consent is under way is left out: that page has its row in the list of connections.
 */
export async function listConsentRequests(
  { userRef, ref }: { userRef: UserRef; ref: UserSessionRef },
  ports: ListConsentRequestsPorts,
): Promise<ListedConsentRequest[]> {
  const { offered, consentRequests, clock } = ports
  const ids = await ports.recordsOfUser.consentRequests(userRef)
  const found = await Promise.all(ids.map((id) => consentRequests.read(userRef, id)))
  const open = found.flatMap((one) => (one && !isOver(one) && clock() < one.expiresAt ? [one] : []))
  const begun = await Promise.all(open.map((one) => authorizationOf(one, ref, ports)))
  return open
    .filter((_one, n) => begun[n] === undefined)
    .sort((one, other) => other.createdAt - one.createdAt)
    .flatMap(({ id, provider, displayName, scopes, clientId, clientName, expiresAt }) => {
      const known = offered.get(provider)
      if (!known) return []
      return {
        ...{ provider, displayName, clientId, clientName, scopes: scopesInWords(known, scopes.split(' ')) },
        ...{ startUrl: startAuthorizationPath(id), expiresAt: new Date(expiresAt).toISOString() },
      }
    })
}
