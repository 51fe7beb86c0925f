export type { AccessForTurnPorts } from './access-for-turn-ports.ts'
export type { AskedFor } from './asked-for.ts'
export { createAuditedWorkloadAccessTokens } from './audited-minting.ts'
export { type Authorization, createAuthorization } from './authorization.ts'
export { authorizationRoutes } from './authorization-routes.ts'
export { type AuthorizationStarts, createAuthorizationStarts } from './authorization-starts.ts'
export { isAuthorizationUrlAt } from './authorization-url.ts'
export { type ComposedAuthorization, composeAuthorization } from './compose-authorization.ts'
export { type Accounts, createAccounts } from './connections/accounts.ts'
export { type AskFirstChoices, createAskFirst } from './connections/ask-first.ts'
export { askedAs } from './connections/asking.ts'
export { type ConnectionCalls, createConnectionCalls } from './connections/connection-calls.ts'
export { connectionKeysOf } from './connections/connection-keys.ts'
export { createConnectionReader, createConnectionRecords } from './connections/connection-records.ts'
export { connectionRoutes } from './connections/connection-routes.ts'
export { isStill, needsNewConsent } from './connections/connection-state.ts'
export { createConnectionUses } from './connections/connection-uses.ts'
export { type Connections, createConnections } from './connections/connections.ts'
export type { Disconnecting } from './connections/disconnections.ts'
export { listConnections } from './connections/list-connections.ts'
export { type AccessOfAgent, listWithoutConsent } from './connections/list-without-consent.ts'
export {
  type AskedForConsent,
  type ConsentRequests,
  createConsentRequests,
} from './consent-requests/ask-for-consent.ts'
export {
  type ConsentRequestRecords,
  createConsentRequestRecords,
  isOver,
} from './consent-requests/consent-request-records.ts'
export { consentRequestRoutes } from './consent-requests/consent-request-routes.ts'
export { startConsentRequest } from './consent-requests/start-consent-request.ts'
export { waitingConsentRequests } from './consent-requests/waiting-consent-requests.ts'
export { createDueSet } from './due-set.ts'
export { createErasureRecords, type ErasureRecords, type StoredErasure } from './erasures/erasure-records.ts'
export { isBareLatch } from './erasures/latch-absent.ts'
export { createRecordsOfUser, type RecordsOfUser } from './erasures/records-of-user.ts'
export { startExpiryTimer } from './expiry-timer.ts'
export { identityArtifacts } from './identity-artifact.ts'
export { createPendingAuthorizations, type PendingAuthorizations } from './pending-authorizations.ts'
export { existingToken, requestAccess } from './request-authorization.ts'
export type { AccountNames, Rejected, ResourceAccess, ResourceAccessOutcome } from './resource-access.ts'
export { type SettleAuthorizationPorts, settleAuthorization } from './settle-authorization.ts'
