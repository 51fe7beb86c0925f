import { authorizationKey } from './authorization.ts'
import { askFirstKey, confirmationField, confirmationsKeyOf } from './confirmation.ts'
import { connectionsKey, connectionUsesKey, leftTokenKey } from './connection.ts'
import { erasureKey } from './erasure.ts'
import type { ConfirmationId, ConversationId, StartId, TurnId, UserRef } from './identifiers.ts'
import { mcpEffectsKey } from './mcp-effects.ts'
import type { ProviderId } from './provider.ts'
import { type StartFacts, startKey } from './start.ts'
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
  authorization: authorizationKey,
  startFacts: (id: StartId) => `${startKey(id)} facts`,
  startProgress: (id: StartId) => `${startKey(id)} progress`,
  /** Includes facts: the artifact is of use only for its own consent, even if another start's facts could be copied here. */
  identityArtifact: (id: StartId, facts: StartFacts) =>
    [
      `${startKey(id)} sealedIdentityArtifact`,
      facts.owner,
      facts.provider,
      facts.stateHash,
      facts.sessionUriHash,
      facts.expiresAt,
      facts.entry.scopes,
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
  connections: connectionsKey,
  leftToken: leftTokenKey,
  erasure: (user: UserRef) => erasureKey(user),
  connectionUse: (field: string, ...of: Parameters<typeof connectionUsesKey>) => `${connectionUsesKey(...of)} ${field}`,
  mcpEffect: (user: UserRef, call: string, field: string) => `${mcpEffectsKey(user, call)} ${field}`,
} as const
