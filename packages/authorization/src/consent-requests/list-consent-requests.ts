import {
  type AuthorizationId,
  CONSENT_REQUESTS_PER_USER,
  type ConnectionRecord,
  type ConnectionRef,
  type ConsentRequest,
  type ListedConsentRequest,
  type OfferedProviders,
  type PendingAuthorization,
  scopesInWords,
  splitScopes,
  startAuthorizationPath,
  type UserRef,
  type UserSessionRef,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { Accounts } from '../connections/accounts.ts'
import type { RecordsOfUser } from '../erasures/records-of-user.ts'
import { accountOfRequest, isSatisfied } from './account-of-request.ts'
import { type ConsentRequestRecords, isOver } from './consent-request-records.ts'

interface Ports {
  offered: OfferedProviders
  recordsOfUser: Pick<RecordsOfUser, 'consentRequests'>
  consentRequests: Pick<ConsentRequestRecords, 'read'>
  authorizations: { read(id: AuthorizationId): Promise<PendingAuthorization | undefined> }
  accounts: Pick<Accounts, 'choose'>
  connections: { find(ref: ConnectionRef): Promise<ConnectionRecord | undefined> }
  clock: Clock
}

/** The newest first. A request is left out while its consent is open in this user session or is being settled, and when it is satisfied. */
export async function listConsentRequests(
  { userRef, ref }: { userRef: UserRef; ref: UserSessionRef },
  ports: Ports,
): Promise<ListedConsentRequest[]> {
  const { offered, recordsOfUser, consentRequests, authorizations, clock } = ports

  async function rowOf(request: ConsentRequest): Promise<ListedConsentRequest[]> {
    const { id, provider, scopes, clientId, clientName, expiresAt } = request
    const known = offered.get(provider)
    if (!known || isOver(request) || clock() >= expiresAt || (await isUnderWay(request))) return []
    const account = await accountOfRequest(request, userRef, ports)
    // The record had the account's name. Without it, a start would only answer `settled`.
    if (!account || (account.ref.named && !account.record) || isSatisfied(request, account.record, known)) return []
    return [
      {
        ...{ provider, displayName: known.displayName, clientId, clientName },
        ...{ scopes: scopesInWords(known, splitScopes(scopes)), startUrl: startAuthorizationPath(id) },
        expiresAt: new Date(expiresAt).toISOString(),
      },
    ]
  }

  async function isUnderWay({ status, authorizationId }: ConsentRequest): Promise<boolean> {
    const record = status === 'started' && authorizationId ? await authorizations.read(authorizationId) : undefined
    if (record?.status !== 'pending') return record !== undefined
    return clock() < record.expiresAt && authorizationId !== undefined && userSessionRefOf(authorizationId) === ref
  }

  // The index is not sealed: a writer of Redis can fill it.
  const ids = [...new Set(await recordsOfUser.consentRequests(userRef))].slice(0, CONSENT_REQUESTS_PER_USER)
  const requests = (await Promise.all(ids.map((id) => consentRequests.read(userRef, id)))).flatMap((one) => one ?? [])
  const rows = requests.sort((one, other) => other.createdAt - one.createdAt).map(rowOf)
  return (await Promise.all(rows)).flat()
}
