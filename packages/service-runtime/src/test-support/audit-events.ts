import type {
  AuditEvent,
  AuthorizationId,
  ConfirmationId,
  StartId,
  TurnId,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'

export const actor = { user: 'u'.repeat(22) as UserRef, userSession: 's'.repeat(22) as UserSessionRef }
export const sessionUri = 'urn:ietf:params:oauth:request_uri:alices'
const turnId = `${'c'.repeat(22)}.${'t'.repeat(11)}` as TurnId
const authorization = {
  authorizationId: 'z'.repeat(22) as AuthorizationId,
  correlationId: 'first-request',
  provider: 'github',
  scopes: ['read:user', 'repo'],
} as const
const asked = { ...authorization, scopes: [...authorization.scopes] }
export const startId = `${'s'.repeat(22)}.${'i'.repeat(22)}` as StartId
const start = { startId, ...asked }
export const requestId = 'a-request'
const tool = { provider: 'github', scopes: ['repo'], turnId, tool: 'open_issue', actionId: 'x' } as const
const confirmation = {
  confirmationId: `${turnId}.${'c'.repeat(11)}` as ConfirmationId,
  turnId,
  correlationId: 'first-request',
  tools: ['open_issue'],
  calls: 15,
}
const act = { ...tool, credential: 'user' as const, scopes: ['repo'] }

export const EVENTS: { [Name in AuditEvent['event']]: Extract<AuditEvent, { event: Name }> } = {
  signed_in: { event: 'signed_in', requestId, ...actor },
  sign_in_refused: { event: 'sign_in_refused', requestId, reason: 'unknown-state' },
  signed_out: { event: 'signed_out', requestId, ...actor },
  refresh_token_revocation: { event: 'refresh_token_revocation', requestId, ...actor, outcome: 'revoked' },
  signed_out_by_issuer: { event: 'signed_out_by_issuer', requestId, ...actor },
  back_channel_logout_refused: { event: 'back_channel_logout_refused', requestId, reason: 'replayed' },
  user_data_downloaded: { event: 'user_data_downloaded', requestId, ...actor },
  download_refused: { event: 'download_refused', requestId, ...actor, reason: 'different-browser' },
  conversation_erased: { event: 'conversation_erased', requestId, ...actor },
  erasure_asked: { event: 'erasure_asked', requestId, ...actor, erasedUser: actor.user, by: 'user' },
  erasure_refused: { event: 'erasure_refused', requestId, ...actor, reason: 'not-an-administrator' },
  signed_out_by_erasure: { event: 'signed_out_by_erasure', requestId, ...actor },
  user_erased: {
    event: 'user_erased',
    requestId,
    user: actor.user,
    by: 'user',
    userSessions: 2,
    connections: 1,
    conversations: 3,
  },
  workload_access_token_minted: {
    event: 'workload_access_token_minted',
    requestId,
    ...actor,
    identityArtifact: 'jwt',
    awsRequestId: 'aws-1',
  },
  authorization_created: {
    event: 'authorization_created',
    requestId,
    ...actor,
    ...asked,
    turnId,
  },
  authorization_started: {
    event: 'authorization_started',
    requestId,
    ...actor,
    ...start,
    sessionUri,
    awsRequestId: 'aws-1',
  },
  authorization_set_aside: {
    event: 'authorization_set_aside',
    requestId,
    ...actor,
    ...start,
    instead: authorization.authorizationId,
  },
  start_refused: { event: 'start_refused', requestId, ...actor, ...start, reason: 'different-browser' },
  binding_intended: { event: 'binding_intended', requestId, ...actor, ...start, sessionUri },
  bound: { event: 'bound', requestId, ...actor, ...start, sessionUri, awsRequestId: 'aws-1' },
  binding_refused: {
    event: 'binding_refused',
    requestId,
    ...actor,
    ...start,
    sessionUri,
    reason: 'different-user',
    awsRequestId: 'aws-1',
  },
  binding_unconfirmed: {
    event: 'binding_unconfirmed',
    requestId,
    ...actor,
    ...start,
    reason: 'unknown',
    awsRequestId: 'aws-1',
  },
  left_its_browser: { event: 'left_its_browser', requestId, ...start },
  denied: { event: 'denied', requestId, ...actor, ...start },
  cancelled: { event: 'cancelled', requestId, ...actor, ...asked },
  expired: { event: 'expired', requestId, ...actor, ...asked },
  token_obtained: {
    event: 'token_obtained',
    requestId,
    ...actor,
    ...asked,
    credential: 'user',
    turnId,
    awsRequestId: 'aws-1',
  },
  account_connected: { event: 'account_connected', requestId, ...actor, provider: 'github', account: 'github octo' },
  wrong_account_connected: {
    event: 'wrong_account_connected',
    requestId,
    ...actor,
    provider: 'github',
    account: 'github octo',
  },
  account_accepted: { event: 'account_accepted', requestId, ...actor, provider: 'github', account: 'github octo' },
  default_account_chosen: { event: 'default_account_chosen', requestId, ...actor, provider: 'github' },
  connection_latched: { event: 'connection_latched', requestId, ...actor, provider: 'github' },
  revocation_prepared: { event: 'revocation_prepared', requestId, ...actor, provider: 'github' },
  vault_entry_cleared: { event: 'vault_entry_cleared', requestId, ...actor, provider: 'github', scopes: ['repo'] },
  revocation_answered: { event: 'revocation_answered', requestId, ...actor, provider: 'github', outcome: 'revoked' },
  disconnected: { event: 'disconnected', requestId, ...actor, provider: 'github', outcome: 'revoked' },
  confirmation_asked: { event: 'confirmation_asked', requestId, ...actor, ...confirmation },
  confirmation_given: { event: 'confirmation_given', requestId, ...actor, ...confirmation },
  confirmation_declined: { event: 'confirmation_declined', requestId, ...actor, ...confirmation },
  confirmation_expired: { event: 'confirmation_expired', requestId, ...actor, ...confirmation },
  ask_first_chosen: { event: 'ask_first_chosen', requestId, ...actor, provider: 'github', askFirst: false },
  tool_intended: { event: 'tool_intended', requestId, ...actor, ...act },
  tool_acted: { event: 'tool_acted', requestId, ...actor, ...act, outcome: 'refused', reason: 'not-found' },
}
