import { askFirstKey, confirmationField, confirmationsKeyOf } from './confirmation.ts'
import { connectionKey } from './connection.ts'
import type { AuthorizationId, ConfirmationId, ConversationId, TurnId, UserRef } from './identifiers.ts'
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

/**
 * The associated data of everything that is sealed in Redis. A value that is copied to another place does not open there, so
 * the place is half of what a record says: whose it is, and which field.
 */
export const PLACES = {
  authorizationFacts: (id: AuthorizationId) => `${pendingAuthorizationKey(id)} facts`,
  authorizationProgress: (id: AuthorizationId) => `${pendingAuthorizationKey(id)} progress`,
  authorizationUrl: (id: AuthorizationId) => `${pendingAuthorizationKey(id)} sealedAuthorization`,
  /**
   * Tied to what a return is measured against as well: an artifact is presented for the one consent that it was asked for, even
   * if the facts of another authorization should ever open here.
   */
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
  connection: (user: UserRef, provider: ProviderId) => connectionKey(user, provider),
} as const

/** What makes a field believable. `nothing`: it is read as a hint, and whatever it leads to is checked by a sealed one. */
export type Voucher = 'USER_SESSION_KEYS' | 'USER_TOKENS_KEYS' | 'IDENTITY_ARTIFACT_KEYS' | 'TURN_KEYS' | 'nothing'

export interface RecordField {
  /** Of a hash; `value` for a string, `element` for a list, set or stream. `*` is any name, and so is what is in angle brackets. */
  field: string
  vouchedBy: Voucher
  /** `once`: by its maker. `compared`: each change compares the sealed value that was read. `replaced`: whole. */
  written: 'once' | 'compared' | 'replaced'
  decides: string
  /** What a writer of Redis who has no key can bring about with it, deleting it aside. */
  remains: string
}

export interface RecordKind {
  /** Its name in Redis: the hash tag in braces, what differs in angle brackets. */
  key: string
  fields: readonly RecordField[]
}

const EARLIER = 'an earlier value of this very field'
const NONE = '–'

/** Every kind of record, field by field: which one decides what, and what vouches for it. */
export const RECORDS: readonly RecordKind[] = [
  record('user-session:{user session}', [
    ['value', 'USER_SESSION_KEYS', 'replaced', 'who is signed in, until when, in which browser', EARLIER],
  ]),
  record('user-tokens:{user session}', [
    ['value', 'USER_TOKENS_KEYS', 'compared', 'which tokens of the issuer are used', EARLIER],
  ]),
  record('user-tokens:{user session}:refresh-lock', [
    ['value', 'nothing', 'replaced', 'which replica refreshes', 'two refreshes at a time, or none for some seconds'],
  ]),
  record('sign-in:{hash of state}', [
    [
      'value',
      'USER_TOKENS_KEYS',
      'once',
      'which sign-in an answer of the issuer belongs to',
      'a sign-in that was taken is taken again; the issuer refuses its code',
    ],
  ]),
  record('user-sessions-of-user:{user}', [
    [
      'element',
      'nothing',
      'replaced',
      'where to look when the issuer ends a user’s sessions; each must be of that user',
      'a user session outlives its end at the issuer: until its tokens are refreshed, or it ends',
    ],
  ]),
  record('user-sessions-of-issuer-session:{issuer session}', [
    [
      'element',
      'nothing',
      'replaced',
      'where to look when the issuer ends a session; each must have come from it',
      'a user session outlives its end at the issuer: until its tokens are refreshed, or it ends',
    ],
  ]),
  record('logout-token:{hash of issuer and jti}', [
    [
      'value',
      'nothing',
      'once',
      'whether a logout token has been taken',
      'one that the issuer has signed is taken again, within its five minutes',
    ],
  ]),
  record('pending-authorization:{user session}:<random>', [
    [
      'facts',
      'IDENTITY_ARTIFACT_KEYS',
      'once',
      'whose it is, for what, until when, and which return belongs to it',
      NONE,
    ],
    [
      'progress',
      'IDENTITY_ARTIFACT_KEYS',
      'compared',
      'whether it can be started, bound or cancelled, and by which browser',
      'its own earlier progress: what was cancelled or consumed can be started or returned to again by the same user and browser, within its time; AgentCore refuses a second completion',
    ],
    ['sealedAuthorization', 'TURN_KEYS', 'once', 'where the browser is sent', NONE],
    ['sealedIdentityArtifact', 'IDENTITY_ARTIFACT_KEYS', 'once', 'as whom the consent is completed', NONE],
  ]),
  record('pending-authorization-index:{user session}', [
    [
      '*',
      'nothing',
      'replaced',
      'where to look for an open authorization; how many count',
      'the user is asked again, or is refused as having too many',
    ],
  ]),
  record('waiting-turns:{user session}:<random>', [
    [
      'element',
      'nothing',
      'replaced',
      'which turns are told and resumed; each must be of the same user and user session',
      'a turn is not told, and waits until it expires',
    ],
  ]),
  record('consent-trip:{user session}', [
    [
      'value',
      'nothing',
      'replaced',
      'which authorization to look at before another consent is opened',
      'a page is shown, or is not',
    ],
  ]),
  record('conversation:{conversation}', [
    ['facts', 'TURN_KEYS', 'once', 'whose conversation it is', NONE],
    [
      'currentTurn',
      'nothing',
      'replaced',
      'whether a new message is refused',
      'two turns of one user at a time, or none',
    ],
    [
      'turns',
      'nothing',
      'replaced',
      'whether the conversation is full',
      'a conversation that takes more than it should, or no message any more',
    ],
    [
      'bytes',
      'nothing',
      'replaced',
      'whether the conversation is full',
      'a conversation that takes more than it should, or no message any more',
    ],
  ]),
  record('conversation-turns:{conversation}', [
    [
      'element',
      'nothing',
      'replaced',
      'which turns are listed; each must be of this conversation and its user',
      'turns are missing, or in another order',
    ],
  ]),
  record('conversation-snapshot:{conversation}:<path>', [
    ['value', 'TURN_KEYS', 'replaced', 'what the agent remembers', 'an earlier memory of the same conversation'],
  ]),
  record('turn:{conversation}:<random>', [
    ['facts', 'TURN_KEYS', 'once', 'who asked what, in which user session', NONE],
    [
      'progress',
      'TURN_KEYS',
      'compared',
      'whether it runs, waits or is over, and which run may write',
      'its own earlier progress: the turn runs again, for its own user',
    ],
    ['leaseEndsAt', 'nothing', 'replaced', 'when another run may take over', 'a run is taken over early, or late'],
    [
      'wake',
      'nothing',
      'replaced',
      'whether a run looks once more before it is suspended',
      'one look more, or a wait until the authorization expires',
    ],
    [
      'runBeganAfter',
      'nothing',
      'replaced',
      'from where on the events of a dead run are void',
      'events of the turn are shown as void, or are not',
    ],
  ]),
  record('turn-events:{conversation}:<random>', [
    ['element', 'TURN_KEYS', 'once', 'what is shown', 'events of the same turn again, in another order, or void'],
  ]),
  record('turn-authorizations:{conversation}:<random>', [
    ['*', 'TURN_KEYS', 'replaced', 'which authorization a turn waits for', EARLIER],
  ]),
  record('turn-effects:{conversation}:<random>', [
    [
      '*',
      'TURN_KEYS',
      'replaced',
      'whether something was done at a vendor; how much the turn may still do without asking',
      'deleted: the turn does as much again without asking; together with its earlier progress: the same is done once more, for the same user',
    ],
  ]),
  record('turn-confirmations:{conversation}:<random>', [
    ['<confirmation> facts', 'TURN_KEYS', 'once', 'which calls, with which arguments, are confirmed; until when', NONE],
    [
      '<confirmation> progress',
      'TURN_KEYS',
      'compared',
      'whether they are confirmed',
      'its own earlier progress: the same user may answer again, within its time; what was done is not done again',
    ],
  ]),
  record('confirming-turns:{user session}', [
    ['element', 'nothing', 'replaced', 'which turns are looked at when the user signs out', 'a turn ends late'],
  ]),
  record('connection:{user}:<provider>', [
    ['record', 'TURN_KEYS', 'compared', 'which scopes are asked for, which account is shown', EARLIER],
  ]),
  record('ask-first:{user}:<provider>', [
    [
      'value',
      'TURN_KEYS',
      'replaced',
      'whether the user is asked before anything is changed there',
      'an earlier choice of this user, or deleted: the default of the deployment',
    ],
  ]),
  record('turn-work:{agent-workload}', [
    ['element', 'nothing', 'once', 'which turn is looked at', 'a turn is looked at again, or late'],
  ]),
  record('binding-notifications:{agent-workload}', [
    ['element', 'nothing', 'once', 'which authorization is looked at', 'an authorization is looked at again, or late'],
  ]),
  record('authorization-expiries:{agent-workload}', [
    [
      'element',
      'nothing',
      'replaced',
      'when an authorization is looked at',
      'an authorization is looked at again, or late',
    ],
  ]),
  record('confirmation-expiries:{agent-workload}', [
    [
      'element',
      'nothing',
      'replaced',
      'when a confirmation is looked at',
      'a confirmation is looked at again, or late',
    ],
  ]),
  record('rate-limit:<what>:{fingerprint}', [
    [
      'value',
      'nothing',
      'replaced',
      'how many requests are left',
      'a limit that does not hold, or a user who is refused',
    ],
  ]),
]

function record(key: string, fields: [string, Voucher, RecordField['written'], string, string][]): RecordKind {
  return {
    key,
    fields: fields.map(([field, vouchedBy, written, decides, remains]) => ({
      field,
      vouchedBy,
      written,
      decides,
      remains,
    })),
  }
}
