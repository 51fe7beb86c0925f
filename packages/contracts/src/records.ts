import { EARLIER, NONE, type RecordKind, record } from './record-kind.ts'
import { RECORDS_OF_TURNS } from './records-of-turns.ts'

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
  ...RECORDS_OF_TURNS,
  record('connection:{user}:<provider>', [
    ['record', 'CONNECTION_KEYS', 'compared', 'which scopes are asked for, which account is shown', EARLIER],
  ]),
  record('ask-first:{user}:<provider>', [
    [
      'value',
      'CONNECTION_KEYS',
      'replaced',
      'whether the user is asked before anything is changed there',
      'an earlier choice of this user, or deleted: the default of the deployment',
    ],
  ]),
  record('connection-use:{user}:<provider>', [
    ['value', 'CONNECTION_KEYS', 'replaced', 'which MCP client is shown as the last that used it', EARLIER],
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
      'the user is asked again, or is refused as having too many',
    ],
  ]),
  record('mcp-effects:{user}:<call>', [
    ['call', 'MCP_KEYS', 'once', 'under which name a call is known to a vendor', NONE],
    [
      '*',
      'MCP_KEYS',
      'replaced',
      'whether a call was done at a vendor',
      'deleted, or an earlier value: the same is done once more, for the same user',
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
