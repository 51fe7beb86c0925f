import {
  type Connection,
  type ConnectionId,
  type ConnectionsAt,
  type Entry,
  NO_CONNECTIONS,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import {
  accept,
  arrive,
  type Came,
  defaultOf,
  end,
  forget,
  leave,
  leftBecomes,
  needsReauthorization,
  outcome,
} from './decide.ts'

const id = (letter: string) => letter.repeat(11) as ConnectionId
const entry = (label: string, scopes = 'read'): Entry => ({
  credentialProvider: 'github',
  scopes,
  parameters: { label },
})
const by = { requestId: 'request', since: 50 }

const connection = (of: Partial<Connection> = {}): Connection => ({
  id: id('a'),
  account: 'alice',
  name: 'Alice',
  status: 'connected',
  entry: entry('first'),
  granted: 'read',
  generation: 0,
  since: 10,
  ...of,
})
const at = (connections: Connection[], of: Partial<ConnectionsAt> = {}): ConnectionsAt => ({
  ...NO_CONNECTIONS,
  connections,
  ...of,
})
const came = (of: Partial<Came> = {}): Came => ({
  entry: entry('second'),
  account: 'alice',
  name: 'Alice',
  granted: 'read',
  since: 20,
  asOf: 0,
  isNeeded: true,
  newId: id('n'),
  by,
  ...of,
})
const leftOf = (now: ConnectionsAt | undefined) =>
  now?.left.map(({ why, entry: { parameters } }) => [why, parameters.label])

describe('an account that comes', () => {
  test('first is connected, and points to the entry of its consent', () => {
    const { outcome: how, next } = arrive(at([]), came())
    expect(how).toBe('connected')
    expect(next?.connections).toEqual([
      {
        id: id('n'),
        account: 'alice',
        name: 'Alice',
        status: 'connected',
        entry: entry('second'),
        granted: 'read',
        generation: 0,
        since: 20,
      },
    ])
    expect(next?.left).toEqual([])
  })

  test('again keeps its id and its generation, and its earlier entry is superseded', () => {
    const { next } = arrive(
      at([connection({ status: 'needs_reauthorization', generation: 0 })]),
      came({ expected: id('a') }),
    )
    expect(next?.connections).toEqual([connection({ entry: entry('second'), since: 20 })])
    expect(leftOf(next)).toEqual([['superseded', 'first']])
  })

  test('for what has ended connects nothing, and is left to be revoked', () => {
    const { outcome: how, next } = arrive(at([connection()]), came({ account: 'work', isNeeded: false }))
    expect([how, next?.connections, next?.left]).toEqual([
      'ended',
      [connection()],
      [{ ...by, entry: entry('second'), why: 'ended', account: 'work' }],
    ])
  })

  test('beside another one is a connection of its own', () => {
    const { next } = arrive(at([connection()]), came({ account: 'work', name: 'Work' }))
    expect(next?.connections.map(({ account, status }) => [account, status])).toEqual([
      ['alice', 'connected'],
      ['work', 'connected'],
    ])
    expect(next?.left).toEqual([])
  })

  test('in place of the expected one is held, and nothing points to it', () => {
    const arrival = arrive(
      at([connection({ status: 'needs_reauthorization' })]),
      came({ account: 'bob', expected: id('a') }),
    )
    expect(arrival.outcome).toBe('wrong-account')
    const held = arrival.next?.connections.find(({ account }) => account === 'bob')
    expect(held).toMatchObject({ status: 'wrong_account', insteadOf: id('a') })
    expect(arrival.next && defaultOf(arrival.next)?.account).toBe('alice')
  })

  test('in place of an expected one whose record is lost is held, too', () => {
    expect(arrive(at([]), came({ account: 'bob', expected: id('a') })).outcome).toBe('wrong-account')
  })

  test('in place of the expected one, and is connected already, changes no connection', () => {
    const before = [
      connection({ status: 'needs_reauthorization' }),
      connection({ id: id('b'), account: 'bob', entry: entry('bob') }),
    ]
    const { outcome: how, next } = arrive(at(before), came({ account: 'bob', expected: id('a') }))
    expect(how).toBe('account-is-connected')
    expect(next?.connections).toEqual(before)
    expect(leftOf(next)).toEqual([['superseded', 'second']])
  })

  test.each<[string, ConnectionsAt, Partial<Came>]>([
    ['it was disconnected', at([connection({ status: 'disconnected', generation: 1 })]), {}],
    [
      'the expected one was disconnected',
      at([connection({ generation: 1, status: 'disconnected' })]),
      { account: 'bob', expected: id('a') },
    ],
    ['all of the provider were disconnected', at([], { generation: 1, floor: 1 }), {}],
  ])('after %s is not connected: its token is to be ended', (_when, before, of) => {
    const { outcome: how, next } = arrive(before, came({ asOf: 0, ...of }))
    expect(how).toBe('ended')
    expect(next?.connections).toEqual(before.connections)
    expect(leftOf(next)).toEqual([['ended', 'second']])
    // Asked for after the end, it is connected or held.
    expect(arrive(before, came({ asOf: 1, ...of, expected: undefined })).outcome).toBe('connected')
  })

  test('with an earlier consent than the one that is connected leaves the pointer where it is', () => {
    const { outcome: how, next } = arrive(at([connection({ since: 30 })]), came({ since: 20 }))
    expect(how).toBe('connected')
    expect(next?.connections[0]?.entry).toEqual(entry('first'))
    expect(leftOf(next)).toEqual([['superseded', 'second']])
  })

  test('twice changes nothing the second time', () => {
    const first = arrive(at([]), came())
    expect(arrive(first.next as ConnectionsAt, came())).toEqual({
      outcome: 'connected',
      connection: first.next?.connections[0],
    })
  })

  test('after its entry was given up connects nothing', () => {
    const left = { ...by, entry: entry('second'), why: 'unused' as const }
    expect(arrive(at([], { left: [left] }), came())).toEqual({ outcome: 'ended', next: at([], { left: [left] }) })
  })

  test('under an entry that another account has takes it: that account is not used any more', () => {
    const { next } = arrive(at([connection()]), came({ account: 'bob', entry: entry('first') }))
    expect(
      next?.connections.map(({ account, status, entry: of, generation }) => [
        account,
        status,
        of !== undefined,
        generation,
      ]),
    ).toEqual([
      ['alice', 'disconnected', false, 1],
      ['bob', 'connected', true, 0],
    ])
  })

  test('beyond the limit is not connected, unless one has ended a day ago', () => {
    const many = Array.from({ length: 20 }, (_, i) =>
      connection({ id: `id-${i}`.padEnd(11, '_') as ConnectionId, account: `${i}`, entry: entry(`${i}`) }),
    )
    const full = arrive(at(many), came({ account: 'new' }))
    expect([full.outcome, leftOf(full.next)]).toEqual(['too-many', [['unused', 'second']]])
    const day = 24 * 3_600_000
    const { entry: _, ...ended } = many[3] as Connection
    const withEnded = at(many.with(3, { ...ended, status: 'disconnected', endedAt: 100 }))
    expect(arrive(withEnded, came({ account: 'new', since: 99 + day })).outcome).toBe('too-many')
    const next = arrive(withEnded, came({ account: 'new', since: 100 + day }))
    expect([next.outcome, next.next?.connections.length]).toEqual(['connected', 20])
  })
})

describe('a connection that its user ends', () => {
  test('points to nothing, has another generation, and leaves its entry in the same record', () => {
    const other = connection({ id: id('b'), account: 'bob', entry: entry('bob') })
    const now = end(at([connection(), other], { generation: 4 }), id('a'), by)
    const { entry: _, ...rest } = connection()
    expect(now.connections).toEqual([{ ...rest, status: 'disconnecting', generation: 5, endedAt: 50 }, other])
    expect(now).toMatchObject({ generation: 5, floor: 0 })
    expect(now.left).toEqual([
      { ...by, entry: entry('first'), why: 'ended', account: 'alice', of: { connection: id('a'), generation: 5 } },
    ])
  })

  test('with all others moves the floor, also when there is none: an open consent connects nothing', () => {
    expect(end(at([]), undefined, by)).toEqual({ ...NO_CONNECTIONS, generation: 1, floor: 1 })
  })

  test('hears what became of its token, unless it has begun again or ended again', () => {
    const now = end(at([connection()]), id('a'), by)
    const of = { connection: id('a'), generation: 1 }
    expect(outcome(now, of, 'revoked')?.connections[0]).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
    expect(outcome(now, { ...of, generation: 2 }, 'revoked')).toBeUndefined()
    const revoked = outcome(now, of, 'revoked') as ConnectionsAt
    expect(outcome(revoked, of, 'nothing_to_revoke')).toBeUndefined()
    const again = arrive(now, came({ asOf: 1 })).next as ConnectionsAt
    expect(outcome(again, of, 'revoked')).toBeUndefined()
  })
})

describe('a token that is lost', () => {
  test('asks for another consent, once, and not when the pointer has moved', () => {
    const lost = needsReauthorization(at([connection()]), id('a'), entry('first'))
    expect(lost?.connections[0]?.status).toBe('needs_reauthorization')
    expect(needsReauthorization(lost as ConnectionsAt, id('a'), entry('first'))).toBeUndefined()
    expect(needsReauthorization(at([connection()]), id('a'), entry('other'))).toBeUndefined()
  })
})

describe('"Use it"', () => {
  const held = at([connection({ status: 'wrong_account', insteadOf: id('z'), generation: 3 })])

  test('connects the account that its user saw, and no other', () => {
    const { insteadOf: _, ...rest } = connection({ generation: 3 })
    expect(accept(held, id('a'), 3)?.connections).toEqual([rest])
    expect(accept(held, id('a'), 2)).toBeUndefined()
    expect(accept(held, id('b'), 3)).toBeUndefined()
    expect(accept(at([connection()]), id('a'), 0)).toBeUndefined()
  })
})

describe('what is left', () => {
  const unused = { ...by, entry: entry('second'), why: 'unused' as const }

  test('is listed once, and not while something points to it', () => {
    const once = leave(at([connection()]), unused)
    expect(leftOf(once)).toEqual([['unused', 'second']])
    expect(leave(once as ConnectionsAt, unused)).toBeUndefined()
    expect(leave(at([connection()]), { ...unused, entry: entry('first') })).toBeUndefined()
  })

  test('changes or goes only if it is still there', () => {
    const once = leave(at([]), unused) as ConnectionsAt
    expect(leftBecomes(once, unused, { ...unused, outcome: 'revoked' })?.left).toEqual([
      { ...unused, outcome: 'revoked' },
    ])
    expect(leftBecomes(once, unused, undefined)?.left).toEqual([])
    expect(leftBecomes(at([]), unused, undefined)).toBeUndefined()
  })
})

describe('of an erased user', () => {
  const { entry: _, ...pointsNowhere } = connection()
  const ended: Connection = { ...pointsNowhere, status: 'disconnected', endedAt: 30, outcome: 'revoked', generation: 1 }

  test('what has ended names no account any more, and what cannot be ended is not listed', () => {
    const superseded = leave(at([ended]), { ...by, entry: entry('old'), why: 'superseded', account: 'alice' })
    const now = forget(superseded as ConnectionsAt)
    expect(JSON.stringify(now)).not.toMatch(/alice/i)
    expect(now?.connections).toMatchObject([{ id: ended.id, status: 'disconnected', outcome: 'revoked', endedAt: 30 }])
    expect(now?.left).toEqual([])
    expect(forget(now as ConnectionsAt)).toBeUndefined()
  })

  test('what is still to be revoked keeps its account, which is compared, and its entry', () => {
    const ending = end(at([connection()]), undefined, by)
    expect([ending.left.length, forget(ending)]).toEqual([1, undefined])
  })
})

describe('the default', () => {
  test.each<[string, Partial<Connection>[], Partial<ConnectionsAt>, string | undefined]>([
    ['is the oldest', [{ since: 3 }, { since: 1 }, { since: 2 }], {}, '1'],
    ['is the user’s choice', [{ since: 1 }, { since: 2 }], { byDefault: id('1') }, '1'],
    [
      'is not a choice that has ended',
      [{ since: 1 }, { status: 'disconnected', entry: undefined }],
      { byDefault: id('1') },
      '0',
    ],
    ['is rather one that can be used at once', [{ since: 1, status: 'needs_reauthorization' }, { since: 2 }], {}, '1'],
    ['may need another consent', [{ since: 1, status: 'needs_reauthorization' }], {}, '0'],
    ['is never a wrong account', [{ status: 'wrong_account' }], {}, undefined],
  ])('%s', (_what, rows, of, expected) => {
    const connections = rows.map((row, i) => connection({ id: id(`${i}`), account: `${i}`, ...row } as Connection))
    expect(defaultOf(at(connections, of))?.account).toBe(expected)
  })
})
