import { NONE, type RecordKind, record } from './record-kind.ts'

export const RECORDS_OF_TURNS: readonly RecordKind[] = [
  record('conversation:{conversation}', [
    ['facts', 'TURN_KEYS', 'once', 'whose conversation it is', NONE],
    [
      'currentTurn',
      'nothing',
      'replaced',
      'whether a new message is refused',
      'two open turns in the conversation, or no new message',
    ],
    ['turns', 'nothing', 'replaced', 'whether the conversation is full', 'a larger conversation, or no new message'],
    [
      'bytes',
      'nothing',
      'replaced',
      'whether its user’s conversations take all their room',
      'more is kept, or no new message',
    ],
  ]),
  record('conversation-turns:{conversation}', [
    [
      'element',
      'nothing',
      'replaced',
      'which turns are listed; each must be of this conversation and its user',
      'turns are in another order, or missing, also in a download; a turn outlives the erasure until it expires',
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
      'an earlier progress: the turn runs again, for its own user, as often as it is put back, for 10 min after its question; for an hour once it has waited for its user',
    ],
    ['leaseEndsAt', 'nothing', 'replaced', 'when another run may take over', 'a run is taken over early, or late'],
    [
      'wake',
      'nothing',
      'replaced',
      'whether a run checks once more before it is suspended',
      'one more check, or a late resumption',
    ],
    [
      'runBeganAfter',
      'nothing',
      'replaced',
      'from which event on the events of a dead run are void',
      'other events of the turn are void',
    ],
  ]),
  record('turn-events:{conversation}:<random>', [
    ['element', 'TURN_KEYS', 'once', 'what is shown', 'events of the same turn again, in another order, or void'],
  ]),
  record('turn-authorizations:{conversation}:<random>', [
    [
      '*',
      'TURN_KEYS',
      'replaced',
      'which authorization a turn waits for; which account it uses',
      'an earlier value, or deleted: the turn asks again, or uses another account of its user',
    ],
    [
      'announced <authorization>',
      'nothing',
      'once',
      'whether the browser has been told of an authorization',
      'its card is not shown, or the event is written twice',
    ],
  ]),
  record('turn-effects:{conversation}:<random>', [
    [
      '*',
      'TURN_KEYS',
      'replaced',
      'whether a change was made at a vendor; how many changes the turn may still make without asking',
      'an earlier value, or deleted: while the turn can run, it may repeat changes, and make more without asking, for the same user',
    ],
  ]),
  record('turn-confirmations:{conversation}:<random>', [
    ['<confirmation> facts', 'TURN_KEYS', 'once', 'which calls, with which arguments, are confirmed; until when', NONE],
    [
      '<confirmation> progress',
      'TURN_KEYS',
      'compared',
      'whether these calls are confirmed',
      'an earlier progress, or deleted: the same user may answer again, or is asked again. A yes stays: while the turn can run, it may repeat the confirmed changes',
    ],
  ]),
  record('confirming-turns:{user session}', [
    ['element', 'nothing', 'replaced', 'which turns are read when the user signs out', 'a turn ends late'],
  ]),
]
