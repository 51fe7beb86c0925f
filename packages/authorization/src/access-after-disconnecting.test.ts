import { describe, expect, test } from '@jest/globals'
import { authorizationId, NOW, READ, required, token, WRITE, world } from './test-support/turn-access.ts'

describe('after its user has disconnected, a tool', () => {
  const before = { generation: 1, disconnectedAt: 5, ended: [{ scopes: READ }] }

  test.each(['disconnecting', 'disconnected'] as const)(
    'asks again, passes on when that was, and takes nothing that the vault has (%s)',
    async (status) => {
      const { answers, requests, announced, records, connect, run } = world()
      connect('', { ...before, status })
      answers.push(required(authorizationId('n')))
      records.set(authorizationId('n'), { status: 'pending' })
      expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('n')))
      expect(requests).toMatchObject([{ scopes: [READ], forceAuthentication: true, generation: 1, disconnectedAt: 5 }])
      expect(announced).toEqual([authorizationId('n')])
    },
  )

  test('starts over at an entry of the vault that was bound before, even when another one is connected again', async () => {
    const { answers, requests, connect, run } = world()
    connect(`${WRITE} ${READ}`, { generation: 1, ended: [{ scopes: READ }] })
    answers.push(token, token)
    await run().tokenFor('google-calendar', [READ])
    expect(requests).toMatchObject([{ forceAuthentication: false }])
    connect('', { generation: 1, ended: [{ scopes: READ }] })
    await run().tokenFor('google-calendar', [READ])
    expect(requests[1]).toMatchObject({ scopes: [READ], forceAuthentication: true })
  })

  test('takes the disconnection for an answer when this turn was asking its user', async () => {
    const { answers, requests, records, connect, run } = world()
    answers.push(required(authorizationId('c')))
    records.set(authorizationId('c'), { status: 'pending' })
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('c'), { status: 'cancelled' })
    connect('', { ...before, status: 'disconnected' })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'cancelled' })
    expect(requests).toHaveLength(1)
  })

  test('takes it for an answer, too, when another account had come, and the turn waited for its user to say whether it may be used', async () => {
    const { answers, requests, records, connect, run } = world()
    answers.push(required(authorizationId('c')))
    records.set(authorizationId('c'), { status: 'pending' })
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('c'), { status: 'bound' })
    connect('', { ...before, generation: 2, status: 'disconnected' })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'cancelled' })
    expect(requests).toHaveLength(1)
  })

  test('takes it for an answer, too, when this turn was asking for more than was granted', async () => {
    const { answers, requests, records, connect, run } = world()
    connect(WRITE)
    answers.push(required(authorizationId('c')))
    records.set(authorizationId('c'), { status: 'pending' })
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('c'), { status: 'cancelled' })
    connect('', { ...before, status: 'disconnected', ended: [{ scopes: WRITE }, { scopes: `${WRITE} ${READ}` }] })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'cancelled' })
    expect(requests).toHaveLength(1)
  })

  test.each(['bound', 'unconfirmed'] as const)(
    'does not start over what the user has consented to again, but waits until it is settled (%s)',
    async (status) => {
      const { answers, requests, announced, records, connect, activate, run } = world()
      connect('', { ...before, status: 'disconnected' })
      records.set(authorizationId('n'), { status })
      activate(authorizationId('n'), true)
      const first = await run().tokenFor('google-calendar', [READ])
      const second = await run().tokenFor('google-calendar', [READ])
      const required = { outcome: 'authorization-required', authorizationId: authorizationId('n') }
      expect([first, second, requests, [...new Set(announced)]]).toEqual([
        required,
        required,
        [],
        [authorizationId('n')],
      ])

      records.set(authorizationId('n'), { status: 'bound' })
      connect(READ, { generation: 1 })
      activate(undefined)
      answers.push(token)
      expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
      expect(requests).toMatchObject([{ forceAuthentication: false }])
    },
  )

  test('does not start over when the account was connected after its record was read', async () => {
    const { answers, requests, connect, onRead, run } = world()
    connect('', { ...before, status: 'disconnected' })
    onRead(() => connect(READ, { generation: 1 }))
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests).toMatchObject([{ forceAuthentication: false }])
  })

  test('asks its user again, when they had consented in this turn and have disconnected since', async () => {
    const { answers, requests, records, connect, run } = world()
    for (const letter of ['c', 'n']) records.set(authorizationId(letter), { status: 'pending' })
    answers.push(required(authorizationId('c')), token, required(authorizationId('n')))
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('c'), { status: 'bound' })
    connect(READ)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    connect('', { ...before, status: 'disconnected' })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('n')))
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([true, false, true])
  })

  test('that needs more than this turn had asked for asks its user, whatever they answered then', async () => {
    const { answers, records, connect, run } = world()
    for (const letter of ['c', 'n']) records.set(authorizationId(letter), { status: 'pending' })
    answers.push(required(authorizationId('c')), required(authorizationId('n')))
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('c'), { status: 'cancelled' })
    connect('', { ...before, status: 'disconnected' })
    expect(await run().tokenFor('google-calendar', [WRITE, READ])).toEqual(required(authorizationId('n')))
  })

  describe('takes it for an answer', () => {
    const asked = authorizationId('c')
    const held = { status: 'wrong_account', generation: 1, boundBy: asked, heldUntil: NOW + 1 } as const
    const REJECTED = { rejected: 'rejected' } as const

    test.each([
      ['had started over', {}, REJECTED, 'cancelled', 1],
      ['had started over, and another account had come', {}, REJECTED, 'bound', 2],
      ['was waiting for its user to say whether an account may be used', held, {}, 'bound', 2],
      ['was waiting for that after it had started over', held, REJECTED, 'bound', 2],
    ] as const)('when this turn %s', async (_what, connection, wanted, status, generation) => {
      const { answers, requests, records, connect, activate, run } = world()
      connect(READ, connection)
      activate(undefined, connection === held)
      answers.push(required(asked))
      records.set(asked, { status: 'pending' })
      expect(await run().tokenFor('google-calendar', [READ], wanted)).toEqual(required(asked))
      const requested = requests.length
      records.set(asked, { status })
      connect('', { ...before, generation, status: 'disconnected' })
      const declined = { outcome: 'declined', code: 'cancelled' }
      expect(await run().tokenFor('google-calendar', [READ])).toEqual(declined)
      expect(requests).toHaveLength(requested)
    })

    test.each([1, 2])(
      'not in a later turn, which has asked its user nothing (%s disconnections)',
      async (generation) => {
        const { answers, requests, records, connect, run } = world()
        connect('', { ...before, generation, status: 'disconnected' })
        records.set(authorizationId('n'), { status: 'pending' })
        answers.push(required(authorizationId('n')))
        expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('n')))
        expect(requests).toMatchObject([{ generation, forceAuthentication: true }])
      },
    )

    test('not when the account was connected again since', async () => {
      const { answers, records, connect, run } = world()
      answers.push(required(asked), token)
      records.set(asked, { status: 'pending' })
      await run().tokenFor('google-calendar', [READ])
      records.set(asked, { status: 'bound' })
      connect(READ, { generation: 2 })
      expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    })
  })
})
