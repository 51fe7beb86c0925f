import { NONE, READ, READ_BADLY, type RecordKind, record } from './record-kind.ts'
import { RECORDS_OF_TURNS } from './records-of-turns.ts'

/** Which field decides what, and what protects it. */
export const RECORDS: readonly RecordKind[] = [
  record('user-session:{user session}', [
    [
      'value',
      'USER_SESSION_KEYS',
      'replaced',
      'who is signed in, until when, in which browser',
      'an earlier value: a user session that has ended is alive again until its idle time is over; with its cookie, until its absolute end',
    ],
  ]),
  record('user-tokens:{user session}', [
    [
      'value',
      'USER_TOKENS_KEYS',
      'compared',
      'which tokens of the issuer are used',
      'an earlier value: tokens from before a sign-out or a refresh are used again until they expire, while the user session is alive',
    ],
  ]),
  record('user-tokens:{user session}:refresh-lock', [
    [
      'value',
      'nothing',
      'replaced',
      'which replica refreshes',
      'two refreshes at a time, or none while the lock is there',
    ],
  ]),
  record('consumed-sign-in:{hash of state}', [
    [
      'value',
      'nothing',
      'once',
      'whether somebody has signed in with a sign-in that the browser still has',
      'deleted: the same browser can send the issuer’s answer again, until 10 min after the start of the sign-in; written: a sign-in is refused',
    ],
  ]),
  record('user-sessions-of-user:{user}', [
    [
      'element',
      'nothing',
      'replaced',
      'which user sessions a logout token or an erasure ends, or a download lists; each must be of that user',
      'a user session is missing in a download, or is not ended; after an erasure it can neither ask nor connect while the mark is there',
    ],
  ]),
  record('user-sessions-of-issuer-session:{issuer session}', [
    [
      'element',
      'nothing',
      'replaced',
      'which user sessions a logout token ends; each must match the token',
      'a user session is not ended by the logout token',
    ],
  ]),
  record('logout-token:{hash of issuer and jti}', [
    [
      'value',
      'nothing',
      'once',
      'whether a logout token was used before',
      'a signed logout token is accepted again while it is fresh',
    ],
  ]),
  record('pending-authorization:{user session}:<random>', [
    [
      'facts',
      'IDENTITY_ARTIFACT_KEYS',
      'once',
      'its owner, provider, scopes and expiry, and which return belongs to it',
      NONE,
    ],
    [
      'progress',
      'IDENTITY_ARTIFACT_KEYS',
      'compared',
      'whether it can be started, bound or cancelled, and by which browser',
      'an earlier progress, also from before it was cancelled or had left its browser: the same user and browser can start or finish it again until it expires; AgentCore is expected to refuse a second completion',
    ],
    ['sealedAuthorization', 'TURN_KEYS', 'once', 'where the browser is sent', NONE],
    [
      'sealedIdentityArtifact',
      'IDENTITY_ARTIFACT_KEYS',
      'once',
      'the identity with which the consent is completed',
      NONE,
    ],
  ]),
  record('pending-authorization-index:{user session}', [
    [
      '*',
      'nothing',
      'replaced',
      'which open authorization to read; how many count',
      'the user is asked again, or refused as having too many; a record outlives the sign-out until it expires',
    ],
  ]),
  record('waiting-turns:{user session}:<random>', [
    [
      'element',
      'nothing',
      'replaced',
      'which waiters get the outcome; each must be of the same user, and a turn also of the same user session',
      'a waiter does not get the outcome, or another waiter of the same user does',
    ],
  ]),
  record('consent-trip:{user session}', [
    [
      'value',
      'nothing',
      'replaced',
      'which authorization to read before another consent is opened',
      'the page that asks about another open consent is shown wrongly, or is left out',
    ],
  ]),
  ...RECORDS_OF_TURNS,
  record('connection:{user}:<provider>', [
    [
      'record',
      'CONNECTION_KEYS',
      'compared',
      'whether it may be used; which scopes are asked for; which account is shown',
      'an earlier value: an ended connection counts as connected, with what the token vault still has; deleted: another consent is needed',
    ],
    [
      '*',
      'CONNECTION_KEYS',
      'compared',
      'whether an account that was asked for by name may be used, with which scopes; which account is the default (`default`, replaced)',
      'an earlier value: an ended connection counts as connected, or another account is the default; deleted: another consent is needed',
    ],
  ]),
  record('revocation:{user}:<provider>', [
    [
      'value',
      'USER_TOKENS_KEYS',
      'compared',
      'what is left to revoke at the vendor',
      'an earlier value that does not belong to the connection’s record, or none: what is left is not revoked, and the outcome is `not_revoked`. With the connection’s earlier record: the disconnection goes on again, at AgentCore for a day, at the vendor for 30 days after it had begun',
    ],
  ]),
  record('vendor-calls:{user}:<provider>', [
    ['element', 'nothing', 'replaced', 'how long a disconnection waits', 'a disconnection answers early, or late'],
  ]),
  record('authorizations-of-user:{user}', [
    [
      'element',
      'nothing',
      'replaced',
      'which authorizations of the user to read, such as when they disconnect or are erased; each must be of that user',
      'an authorization is overlooked, also by an erasure or a download; after an erasure it connects nothing',
    ],
  ]),
  record('erasure:{user}', [
    [
      'value',
      'CONNECTION_KEYS',
      'compared',
      'which tokens and sign-ins of a user are refused; whether an erasure goes on',
      'one that does not open: the user cannot sign in, ask or use MCP clients; an erasure under way stops. An earlier value from during the erasure: also, for a day after that erasure had begun, the user is erased again. Deleted: an MCP client’s earlier token is accepted until it expires, and user sessions that are put back can ask and connect; an erasure under way may stop',
    ],
  ]),
  record('conversations-of-user:{user}', [
    [
      'element',
      'nothing',
      'replaced',
      'which conversations are erased, listed or downloaded; each must be of that user. How many count',
      'a conversation outlives the erasure until it expires, or is missing in a list or download; more is kept, or no new message',
    ],
  ]),
  record('ask-first:{user}:<provider>', [
    [
      'value',
      'CONNECTION_KEYS',
      'replaced',
      'whether the user is asked before any change at the provider',
      'an earlier choice of this user, the default of the deployment, or a question before each change',
    ],
  ]),
  record('connection-uses:{user}:<provider>:<connection>', [
    [
      'element',
      'CONNECTION_KEYS',
      'once',
      'what is shown as done with the connection, when, and by which MCP client',
      'uses are left out, shown again or in another order',
    ],
  ]),
  record('consent-request:{user}:<random>', [
    ['facts', 'CONNECTION_KEYS', 'once', 'whose it is, of which client, for what, until when', NONE],
    [
      'progress',
      'CONNECTION_KEYS',
      'compared',
      'whether it can be opened, and which authorization it has become',
      'an earlier progress: the same user can open it again until it expires',
    ],
  ]),
  record('consent-request-index:{user}', [
    [
      '*',
      'nothing',
      'replaced',
      'which open consent request to read; how many count',
      'the user is asked again, or refused as having too many; a request is overlooked, also by an erasure or a download, until it expires',
    ],
  ]),
  record('mcp-effects:{user}:<call>', [
    ['call', 'MCP_KEYS', 'once', 'from which name the ids of the call’s changes are made', NONE],
    [
      '*',
      'MCP_KEYS',
      'replaced',
      'whether a change was made at a vendor, and in which account',
      'deleted: the change may be made once more each time that the client repeats its call. An earlier value, however old: a later call with the same arguments is answered as done, and nothing is done',
    ],
  ]),
  record('turn-work:{agent-workload}', [['element', 'nothing', 'once', READ, READ_BADLY]]),
  record('binding-notifications:{agent-workload}', [['element', 'nothing', 'once', READ, READ_BADLY]]),
  record('authorization-expiries:{agent-workload}', [['element', 'nothing', 'replaced', READ, READ_BADLY]]),
  record('revocations-due:{agent-workload}', [['element', 'nothing', 'replaced', READ, READ_BADLY]]),
  record('erasures-due:{agent-workload}', [['element', 'nothing', 'replaced', READ, READ_BADLY]]),
  record('confirmation-expiries:{agent-workload}', [['element', 'nothing', 'replaced', READ, READ_BADLY]]),
  record('rate-limit:<what>:{fingerprint}', [
    [
      'value',
      'nothing',
      'replaced',
      'how many requests are left',
      'a limit without effect, or a caller who is rejected',
    ],
  ]),
]
