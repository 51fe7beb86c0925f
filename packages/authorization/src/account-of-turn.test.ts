import { type AuthorizationId, ConnectionId, type UserRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { askedFor } from './asking-of-turn.ts'
import type { KnownAccount } from './connections/account.ts'
import { connectionRecord } from './test-support/connection.ts'
import { OFFERED } from './test-support/offered.ts'
import { authorizationId, NOW, READ, required, token, user, WRITE, world } from './test-support/turn-access.ts'

const elsewhere = `${'z'.repeat(22)}.${'u'.repeat(22)}` as AuthorizationId

describe('which account a turn uses', () => {
  const other = (): KnownAccount => {
    const named = ConnectionId.parse('b'.repeat(11))
    return {
      ref: { user, provider: 'google-calendar', named },
      record: connectionRecord({ id: named, account: 'bob' }),
    }
  }

  test('stays the same when another one has become the default, also in its next runs', async () => {
    const { run, connect, makeDefault } = world()
    connect(READ, { account: 'alice' })
    const first = await run().connectionFor('google-calendar')
    expect(first).toMatchObject({ ref: { named: undefined }, name: 'alice' })
    connect(READ, { account: 'alice', status: 'disconnected' })
    makeDefault(other())
    expect(await run().connectionFor('google-calendar')).toEqual(first)
  })

  test('stays a named one, too', async () => {
    const { run, connect, makeDefault } = world()
    connect(READ, { account: 'alice' })
    makeDefault(other())
    await run().connectionFor('google-calendar')
    makeDefault({ ...other(), ref: { ...other().ref, named: ConnectionId.parse('c'.repeat(11)) } })
    expect(await run().connectionFor('google-calendar')).toMatchObject({ ref: other().ref })
  })

  test('is not decided until one is connected', async () => {
    const { run, makeDefault } = world()
    expect(await run().connectionFor('google-calendar')).toMatchObject({ ref: { named: undefined } })
    makeDefault(other())
    expect(await run().connectionFor('google-calendar')).toMatchObject({ ref: other().ref })
  })
})

test('the account of another user, or of another provider, gets nothing', async () => {
  const { requests, run, connect } = world()
  connect(READ)
  const own = { user, provider: 'google-calendar', named: undefined } as const
  for (const connection of [
    { ...own, user: 'b'.repeat(22) as UserRef },
    { ...own, provider: 'github' as const },
  ])
    expect(await run().tokenFor('google-calendar', [READ], { connection })).toEqual({ outcome: 'unknown-account' })
  expect(requests).toEqual([])
})

describe('a token that may be of a consent whose account was not compared yet', () => {
  const unchecked = authorizationId('u')
  test('is not used: the turn waits for the comparison, and takes the token after it', async () => {
    const { answers, requests, announced, records, run, connect, activate, bindUnchecked } = world()
    connect(READ)
    records.set(unchecked, { status: 'bound' })
    activate(undefined, true)
    bindUnchecked(unchecked)
    answers.push(token, token)
    const access = run()
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(required(unchecked))
    expect(announced).toEqual([unchecked])
    activate(undefined)
    bindUnchecked(undefined)
    // The token of the first call was not kept.
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests).toHaveLength(2)
  })

  test.each([
    ['of another user session, which this turn cannot wait for', elsewhere, true],
    ['that is compared at this moment', unchecked, false],
  ])('is not used either when the consent is one %s', async (_which, id, isSettling) => {
    const { answers, announced, records, run, connect, activate, bindUnchecked } = world()
    connect(READ)
    records.set(id, { status: 'bound' })
    activate(undefined, isSettling)
    bindUnchecked(id)
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'unavailable' })
    expect(announced).toEqual([])
  })

  test('is used when the account was compared while the tool looked', async () => {
    const { answers, announced, records, run, connect, activate, bindUnchecked } = world()
    connect(READ)
    records.set(unchecked, { status: 'bound' })
    activate(undefined, false)
    bindUnchecked(unchecked, 'at-once')
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    expect(announced).toEqual([])
  })

  test.each([
    ['the token came at once', []],
    ['it comes in the place of a consent that was settled meanwhile', [required(authorizationId('o'))]],
  ])(
    'is waited for under the name of its request when %s: the next run knows for what it waited',
    async (_when, first) => {
      const { answers, requests, cards, records, run, connect, activate, bindUnchecked } = world()
      connect(`${WRITE} ${READ}`, { granted: WRITE })
      for (const id of [unchecked, authorizationId('o')]) records.set(id, { status: 'bound' })
      activate(undefined, true)
      bindUnchecked(unchecked)
      answers.push(...first, token, token)
      expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(required(unchecked))
      // The card names the scope that the user had left out before.
      expect(cards).toMatchObject([{ authorizationId: unchecked, missing: ['See'] }])
      bindUnchecked(undefined)
      expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(token)
      expect(requests.at(-1)?.after).toEqual({ authorizationId: unchecked, correlationId: 'first' })
    },
  )

  test('is not used either when it comes in the place of a consent that was settled meanwhile', async () => {
    const { answers, records, requests, run, connect, bindUnchecked } = world()
    connect(READ)
    records.set(authorizationId('o'), { status: 'bound' })
    bindUnchecked(elsewhere)
    answers.push(required(authorizationId('o')), token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'unavailable' })
    expect(requests).toHaveLength(2)
  })
})

describe('while another account came than the one that was asked for, a tool', () => {
  const bound = authorizationId('b')
  const undecided = { status: 'wrong_account', generation: 1, account: 'alice', came: 'bob' } as const

  test('waits for its user’s decision, and requests no token', async () => {
    const { requests, lookedAt, records, run, connect, activate } = world()
    records.set(bound, { status: 'bound' })
    activate(undefined, true)
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW + 1 })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(bound))
    expect([requests, lookedAt]).toEqual([[], [bound]])
  })

  test('that waited, and whose user has not answered in time, is declined and asks for nothing', async () => {
    const { requests, records, run, connect, activate } = world()
    records.set(bound, { status: 'bound' })
    activate(undefined, true)
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW + 1 })
    await run().tokenFor('google-calendar', [READ])
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'wrong_account' })
    expect(requests).toEqual([])
  })

  test('that waited asks for a new consent when its user accepts the account after another consent was begun', async () => {
    const { answers, requests, records, run, connect, activate } = world()
    records.set(bound, { status: 'bound' })
    activate(undefined, true)
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW + 1 })
    await run().tokenFor('google-calendar', [READ])
    const ended = [{ scopes: READ, parameters: {} }]
    connect(READ, { status: 'needs_reauthorization', generation: 1, account: 'bob', boundBy: bound, ended })
    records.set(authorizationId('n'), { status: 'pending' })
    answers.push(required(authorizationId('n')))
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('n')))
    expect(requests).toMatchObject([{ forceAuthentication: true, generation: 1 }])
  })

  test.each([
    ['asked its user', {}],
    ['started over', { rejected: 'rejected' as const }],
  ])('of the turn that %s is declined when it is too late to wait', async (_what, wanted) => {
    const { answers, requests, records, run, connect } = world()
    records.set(bound, { status: 'pending' })
    answers.push(required(bound))
    await run().tokenFor('google-calendar', [READ], wanted)
    records.set(bound, { status: 'bound' })
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'wrong_account' })
    expect(requests).toHaveLength(1)
  })

  test('waits for the new consent that its user has begun, and requests no token', async () => {
    const { requests, lookedAt, records, run, connect, activate } = world()
    records.set(authorizationId('n'), { status: 'pending' })
    activate(authorizationId('n'))
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW + 1 })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('n')))
    expect([requests, lookedAt]).toEqual([[], []])
  })

  test.each([
    ['of a later turn', { boundBy: bound, heldUntil: NOW }],
    ['of another user session', { boundBy: elsewhere, heldUntil: NOW + 1 }],
    ['that does not know which consent it was', { heldUntil: NOW + 1 }],
  ])('%s asks for a new consent, and takes nothing that the vault has', async (_which, held) => {
    const { answers, requests, records, run, connect } = world()
    connect(READ, { ...undecided, ...held })
    records.set(authorizationId('n'), { status: 'pending' })
    answers.push(required(authorizationId('n')))
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('n')))
    expect(requests).toMatchObject([{ forceAuthentication: true, generation: 1 }])
  })

  test('asks for it with the name that its user typed, and with the account chooser of the vendor', () => {
    const offered = OFFERED.get('google-calendar')
    if (!offered) throw new Error('not offered')
    const accountChoice = { hint: 'login_hint' as const, chooser: { prompt: 'select_account' } }
    const ref = { user, provider: 'google-calendar', named: undefined }
    const asked = (connection: Parameters<typeof connectionRecord>[0]) =>
      askedFor({
        ref,
        offered: { ...offered, accountChoice },
        scopes: [READ],
        connection: connectionRecord(connection),
      })
    const typed = { hint: 'alice', parameters: { login_hint: 'alice' } }
    expect(asked({ ...typed, generation: 1 })).toEqual({ ...ref, ...typed, scopes: [READ], generation: 1 })
    expect(asked({ ...typed, ...undecided })).toEqual({
      ...{ ...ref, hint: 'alice', chooser: true, scopes: [READ], generation: 1 },
      parameters: { login_hint: 'alice', prompt: 'select_account' },
    })
  })
})
