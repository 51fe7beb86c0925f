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
  record('authorization:{user}:<random>', [
    [
      'value',
      'CONNECTION_KEYS',
      'compared',
      'who waits for which access, in which user session; how it ended',
      'an earlier value: its link can be opened again until it expires, and what waits goes on with an earlier outcome; deleted: what waits for it asks again',
    ],
  ]),
  record('authorizations:{user}', [
    [
      'element',
      'nothing',
      'replaced',
      'which authorizations of the user to read; each must be of that user. How many count',
      'the user is asked again, or refused as having too many; one is overlooked, also by an erasure or a download; after an erasure it connects nothing',
    ],
  ]),
  record('start:{user session}:<random>', [
    [
      'facts',
      'IDENTITY_ARTIFACT_KEYS',
      'once',
      'its owner, provider, entry of the token vault and expiry, and which return belongs to it',
      NONE,
    ],
    [
      'progress',
      'IDENTITY_ARTIFACT_KEYS',
      'compared',
      'whether it can be bound, and by which browser',
      'an earlier progress, also from before it was cancelled or had left its browser: the same user and browser can finish it again until it expires; AgentCore is expected to refuse a second completion',
    ],
    [
      'sealedIdentityArtifact',
      'IDENTITY_ARTIFACT_KEYS',
      'once',
      'the identity with which the consent is completed',
      NONE,
    ],
  ]),
  record('starts:{user session}', [
    [
      'element',
      'nothing',
      'replaced',
      'which starts to read before another consent is opened',
      'the page that asks about another open consent is shown wrongly, or is left out',
    ],
  ]),
  ...RECORDS_OF_TURNS,
  record('connections:{user}:<provider>', [
    [
      'value',
      'CONNECTION_KEYS',
      'compared',
      'which accounts may be used, with which entry of the token vault and which scopes; which one is the default; what is left to end there',
      'an earlier value: an ended connection counts as connected, with what the token vault still has, or its end goes on again; deleted: another consent is needed, and what was left is not ended',
    ],
  ]),
  record('left-token:{user}:<hash of entry>', [
    [
      'value',
      'USER_TOKENS_KEYS',
      'replaced',
      'which access token is revoked at the vendor',
      'deleted: the token is read from the token vault again, or is not revoked',
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
      '*',
      'CONNECTION_KEYS',
      'replaced',
      'what is shown as done last with the connection, when, and by which MCP client',
      'an earlier use is shown, or none',
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
  record('due:{agent-workload}', [['element', 'nothing', 'replaced', READ, READ_BADLY]]),
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
