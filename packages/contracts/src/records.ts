import { EARLIER, NONE, type RecordKind, record } from './record-kind.ts'
import { RECORDS_OF_TURNS } from './records-of-turns.ts'

/** Which field decides what, and what protects it. */
export const RECORDS: readonly RecordKind[] = [
  record('user-session:{user session}', [
    ['value', 'USER_SESSION_KEYS', 'replaced', 'who is signed in, until when, in which browser', EARLIER],
  ]),
  record('user-tokens:{user session}', [
    ['value', 'USER_TOKENS_KEYS', 'compared', 'which tokens of the issuer are used', EARLIER],
  ]),
  record('user-tokens:{user session}:refresh-lock', [
    [
      'value',
      'nothing',
      'replaced',
      'which replica refreshes',
      'two refreshes at a time, or none while the writer’s lock is there',
    ],
  ]),
  record('sign-in:{hash of state}', [
    [
      'value',
      'USER_TOKENS_KEYS',
      'once',
      'which sign-in an answer of the issuer belongs to',
      'a consumed sign-in can be used again; the issuer refuses its code',
    ],
  ]),
  record('user-sessions-of-user:{user}', [
    [
      'element',
      'nothing',
      'replaced',
      'which user sessions to read when the issuer ends a user’s sessions, or the user is erased; each must be of that user',
      'a user session outlives its end at the issuer, or the erasure, until it ends: after an erasure it asks and connects nothing',
    ],
  ]),
  record('user-sessions-of-issuer-session:{issuer session}', [
    [
      'element',
      'nothing',
      'replaced',
      'which user sessions to read when the issuer ends a session; each must come from that session',
      'a user session outlives its end at the issuer: until its tokens are refreshed, or it ends',
    ],
  ]),
  record('logout-token:{hash of issuer and jti}', [
    [
      'value',
      'nothing',
      'once',
      'whether a logout token was used before',
      'a signed logout token can be used again while it is accepted',
    ],
  ]),
  record('pending-authorization:{user session}:<random>', [
    [
      'facts',
      'IDENTITY_ARTIFACT_KEYS',
      'once',
      'its owner, provider and scopes, its expiry, and which return belongs to it',
      NONE,
    ],
    [
      'progress',
      'IDENTITY_ARTIFACT_KEYS',
      'compared',
      'whether it can be started, bound or cancelled, and by which browser',
      'its own earlier progress: the same user and browser can start or finish a cancelled or consumed one again until it expires; AgentCore refuses a second completion',
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
      'which open authorization to read; how many are counted',
      'the user is asked again, or is refused because of too many',
    ],
  ]),
  record('waiting-turns:{user session}:<random>', [
    [
      'element',
      'nothing',
      'replaced',
      'which waiters get the outcome and resume; each must be of the same user, a turn of the same user session, too',
      'a waiter does not get the outcome, and waits until it expires',
    ],
  ]),
  record('consent-trip:{user session}', [
    [
      'value',
      'nothing',
      'replaced',
      'which authorization to read before another consent is opened',
      'a page is shown, or is not',
    ],
  ]),
  ...RECORDS_OF_TURNS,
  record('connection:{user}:<provider>', [
    [
      'record',
      'CONNECTION_KEYS',
      'compared',
      'whether it may be used; which scopes are asked for, which account is shown',
      'its own earlier value: what was disconnected counts as connected again, with a token that the vendor has ended if it could; or deleted: nothing of the token vault is used without another consent',
    ],
    [
      '*',
      'CONNECTION_KEYS',
      'compared',
      'the same of an account that its user asked for by name; which account is the default (`default`, replaced)',
      'its own earlier value, or deleted: the account is asked for again, or the default is another account of the same user',
    ],
  ]),
  record('revocation:{user}:<provider>', [
    [
      'value',
      'USER_TOKENS_KEYS',
      'compared',
      'which tokens are revoked at the vendor, and until when',
      'its own earlier value, or deleted: the tokens that are left are not revoked, and the user is told so; a later connection is not touched',
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
      'which authorizations to read when the user disconnects, is erased, downloads their data or names an account, and whether a consent is open; each must be of that user',
      'a consent is ended later, and connects nothing when it is settled; it is missing in a download; a revocation does not wait for it; the limit of accounts does not count it',
    ],
  ]),
  record('erasure:{user}', [
    [
      'value',
      'CONNECTION_KEYS',
      'compared',
      'which tokens and sign-ins of a user are refused; whether an erasure goes on',
      'an earlier value from while the erasure was under way, or one that does not open: the user cannot sign in, ask or use MCP clients, and with an entry in `erasures-due` is erased again. Deleted: an MCP client’s token from before is taken until it expires; an erasure under way stops where it is, unless its request still waits for it',
    ],
  ]),
  record('conversations-of-user:{user}', [
    [
      'element',
      'nothing',
      'replaced',
      'which conversations are erased, or downloaded; each must be of that user',
      'a conversation outlives the erasure of its user until it expires, or is missing in the download',
    ],
  ]),
  record('ask-first:{user}:<provider>', [
    [
      'value',
      'CONNECTION_KEYS',
      'replaced',
      'whether the user is asked before any change there',
      'an earlier choice of this user, or deleted: the default of the deployment',
    ],
  ]),
  record('connection-uses:{user}:<provider>:<connection>', [
    [
      'element',
      'CONNECTION_KEYS',
      'once',
      'what is shown as done with it, when, and by which MCP client',
      'uses of this connection that are left out, or shown twice or in another order',
    ],
  ]),
  record('consent-request:{user}:<random>', [
    ['facts', 'CONNECTION_KEYS', 'once', 'whose it is, of which client, for what, until when', NONE],
    [
      'progress',
      'CONNECTION_KEYS',
      'compared',
      'whether it can be opened, and which authorization it has become',
      'its own earlier progress: the same user can open it again, within its time',
    ],
  ]),
  record('consent-request-index:{user}', [
    [
      '*',
      'nothing',
      'replaced',
      'where to look for an open consent request; how many count',
      'the user is asked again, or is refused as having too many; the page of connected accounts leaves a request out; a call does not wait; a request outlives the erasure of its user until it expires, or is missing in a download',
    ],
  ]),
  record('mcp-effects:{user}:<call>', [
    ['call', 'MCP_KEYS', 'once', 'under which name a call is known to a vendor', NONE],
    [
      '*',
      'MCP_KEYS',
      'replaced',
      'whether a call was done at a vendor, and in which account',
      'deleted, or an earlier value: the same is done once more, for the same user',
    ],
  ]),
  record('turn-work:{agent-workload}', [
    ['element', 'nothing', 'once', 'which turn is read', 'a turn is read again, or late'],
  ]),
  record('binding-notifications:{agent-workload}', [
    ['element', 'nothing', 'once', 'which authorization is read', 'an authorization is read again, or late'],
  ]),
  record('authorization-expiries:{agent-workload}', [
    ['element', 'nothing', 'replaced', 'when an authorization is read', 'an authorization is read again, or late'],
  ]),
  record('revocations-due:{agent-workload}', [
    ['element', 'nothing', 'replaced', 'when a revocation is read', 'a revocation is read again, or late'],
  ]),
  record('erasures-due:{agent-workload}', [
    ['element', 'nothing', 'replaced', 'when an erasure is read', 'an erasure goes on late, or not at all'],
  ]),
  record('confirmation-expiries:{agent-workload}', [
    ['element', 'nothing', 'replaced', 'when a confirmation is read', 'a confirmation is read again, or late'],
  ]),
  record('rate-limit:<what>:{fingerprint}', [
    ['value', 'nothing', 'replaced', 'how many requests are left', 'a limit without effect, or a user who is rejected'],
  ]),
]
