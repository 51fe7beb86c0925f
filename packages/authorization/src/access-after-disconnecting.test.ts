import { describe, expect, test } from '@jest/globals'
import { authorizationId, READ, required, token, WRITE, world } from './test-support/turn-access.ts'

describe('after its user has disconnected, a tool', () => {
  const before = { generation: 1, disconnectedAt: 5, ended: [{ scopes: READ }] }

  test.each(['disconnecting', 'disconnected'] as const)(
    'asks again, with a card that says so, and takes nothing that the vault has (%s)',
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
      // Also when it is the turn's own, and the turn runs again before it is settled.
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
})
