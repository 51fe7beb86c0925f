import { EARLIER, NONE, type RecordKind, record } from './record-kind.ts'

export const RECORDS_OF_TURNS: readonly RecordKind[] = [
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
      'turns are missing, also in a download, or in another order; a turn outlives the erasure of its user until it expires',
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
      'whether it runs, waits or has ended, and which run may write',
      'its own earlier progress: the turn runs again, for its own user',
    ],
    ['leaseEndsAt', 'nothing', 'replaced', 'when another run may take over', 'a run is taken over early, or late'],
    [
      'wake',
      'nothing',
      'replaced',
      'whether a run checks once more before it is suspended',
      'one more check, or a wait until the authorization expires',
    ],
    [
      'runBeganAfter',
      'nothing',
      'replaced',
      'from which event on the events of a dead run are void',
      'events of the turn are shown as void, or are not',
    ],
  ]),
  record('turn-events:{conversation}:<random>', [
    ['element', 'TURN_KEYS', 'once', 'what is shown', 'events of the same turn again, in another order, or void'],
  ]),
  record('turn-authorizations:{conversation}:<random>', [
    ['*', 'TURN_KEYS', 'replaced', 'which authorization a turn waits for; which account it uses', EARLIER],
    [
      'announced <authorization>',
      'nothing',
      'once',
      'whether the browser has been told of an authorization',
      'its card is not shown, and the turn waits until it expires; or the event is written twice',
    ],
  ]),
  record('turn-effects:{conversation}:<random>', [
    [
      '*',
      'TURN_KEYS',
      'replaced',
      'whether a change was made at a vendor; how many changes the turn may still make without asking',
      'deleted: the turn may make as many changes again without asking, and the same ones when it runs again, for the same user',
    ],
  ]),
  record('turn-confirmations:{conversation}:<random>', [
    ['<confirmation> facts', 'TURN_KEYS', 'once', 'which calls, with which arguments, are confirmed; until when', NONE],
    [
      '<confirmation> progress',
      'TURN_KEYS',
      'compared',
      'whether these calls are confirmed',
      'its own earlier progress: the same user may answer again until it expires; changes that were made are not repeated',
    ],
  ]),
  record('confirming-turns:{user session}', [
    ['element', 'nothing', 'replaced', 'which turns are read when the user signs out', 'a turn ends late'],
  ]),
]
