import { askFirstKey, confirmationField, confirmationsKeyOf } from './confirmation.ts'
import { connectionUsesKey } from './connection.ts'
import {
  type ConnectionRef,
  connectionField,
  connectionKey,
  DEFAULT_ACCOUNT_FIELD,
  revocationKey,
} from './connection-ref.ts'
import { consentRequestKey, mcpEffectsKey } from './consent-request.ts'
import { erasureKey } from './erasure.ts'
import type {
  AuthorizationId,
  ConfirmationId,
  ConsentRequestId,
  ConversationId,
  TurnId,
  UserRef,
} from './identifiers.ts'
import { type AuthorizationFacts, pendingAuthorizationKey } from './pending-authorization.ts'
import type { ProviderId } from './provider.ts'
import {
  conversationKey,
  conversationSnapshotKey,
  turnAuthorizationsKey,
  turnEffectsKey,
  turnEventsKey,
  turnKey,
} from './turn.ts'

/** Associated data of sealed values: a value that is copied to another record or field does not open there. */
export const PLACES = {
  authorizationFacts: (id: AuthorizationId) => `${pendingAuthorizationKey(id)} facts`,
  authorizationProgress: (id: AuthorizationId) => `${pendingAuthorizationKey(id)} progress`,
  authorizationUrl: (id: AuthorizationId) => `${pendingAuthorizationKey(id)} sealedAuthorization`,
  /** Includes facts: the artifact is of use only for its own consent, even if another authorization's facts could be copied here. */
  identityArtifact: (id: AuthorizationId, facts: AuthorizationFacts) =>
    [
      `${pendingAuthorizationKey(id)} sealedIdentityArtifact`,
      facts.owner,
      facts.provider,
      facts.stateHash,
      facts.sessionUriHash,
      facts.expiresAt,
      facts.scopes,
    ].join('\n'),
  conversationFacts: (id: ConversationId) => `${conversationKey(id)} facts`,
  conversationSnapshot: conversationSnapshotKey,
  turnFacts: (id: TurnId) => `${turnKey(id)} facts`,
  turnProgress: (id: TurnId) => `${turnKey(id)} progress`,
  turnEvent: (id: TurnId, event: string) => `${turnEventsKey(id)} ${event}`,
  turnAuthorization: (id: TurnId, request: string) => `${turnAuthorizationsKey(id)} ${request}`,
  turnEffect: (id: TurnId, effect: string) => `${turnEffectsKey(id)} ${effect}`,
  confirmationFacts: (id: ConfirmationId) => `${confirmationsKeyOf(id)} ${confirmationField(id, 'facts')}`,
  confirmationProgress: (id: ConfirmationId) => `${confirmationsKeyOf(id)} ${confirmationField(id, 'progress')}`,
  askFirst: (user: UserRef, provider: ProviderId) => askFirstKey(user, provider),
  connection: ({ user, provider, named }: ConnectionRef) =>
    [connectionKey(user, provider), ...(named === undefined ? [] : [connectionField({ named })])].join(' '),
  defaultAccount: (user: UserRef, provider: ProviderId) => `${connectionKey(user, provider)} ${DEFAULT_ACCOUNT_FIELD}`,
  revocation: revocationKey,
  erasure: (user: UserRef) => erasureKey(user),
  connectionUse: connectionUsesKey,
  consentRequestFacts: (owner: UserRef, id: ConsentRequestId) => `${consentRequestKey(owner, id)} facts`,
  consentRequestProgress: (owner: UserRef, id: ConsentRequestId) => `${consentRequestKey(owner, id)} progress`,
  mcpEffect: (user: UserRef, call: string, field: string) => `${mcpEffectsKey(user, call)} ${field}`,
} as const
