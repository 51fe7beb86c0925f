import type { StartId } from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import { ALICE, NOW, records, runOf, SESSION } from '../test-support/people.ts'

const START = `${SESSION}.${'i'.repeat(22)}` as StartId

describe('a run without a connection', () => {
  test('asks once, in words, and waits; the next run waits for the same', async () => {
    const world = records()
    const { run, newRun, announced } = runOf(world)
    const first = await run.tokenFor('github', ['repo'])
    expect(first.outcome).toBe('authorization-required')
    expect(await newRun().tokenFor('github', ['repo'])).toEqual(first)
    expect(announced).toEqual([
      {
        authorizationId: 'authorizationId' in first && first.authorizationId,
        provider: 'github',
        displayName: 'GitHub',
        scopes: ['Read your profile', 'Read and write'],
        startUrl: expect.stringMatching(/^\/authorizations\/.{22}\/start$/),
        expiresAt: new Date(NOW + 600_000).toISOString(),
      },
    ])
    expect(world.audited.map(({ event }) => event)).toEqual(['authorization_created'])
  })

  test('two needs of different scopes are one question', async () => {
    const world = records()
    const { run } = runOf(world)
    await run.tokenFor('google-calendar', ['https://www.googleapis.com/auth/calendar.readonly'])
    await run.tokenFor('google-calendar', ['https://www.googleapis.com/auth/calendar.events'])
    const [one, ...others] = await world.authorizations.listOpen(ALICE)
    expect(others).toEqual([])
    expect(one?.waits.map(({ scopes }) => scopes.split(' ').length)).toEqual([2])
  })

  test('goes on with what its consent has connected', async () => {
    const world = records()
    const { run, newRun } = runOf(world)
    const asked = await run.tokenFor('github', ['repo'])
    if (asked.outcome !== 'authorization-required') throw new Error(asked.outcome)
    const { id } = await world.arrive('1')
    const end = { outcome: 'connected', by: START, connection: id, scopes: 'read:user repo' } as const
    await world.authorizations.end(ALICE, asked.authorizationId, end)
    expect(await newRun().tokenFor('github', ['repo'])).toMatchObject({ outcome: 'token' })
  })

  test('is told which account came instead of the expected one, and does not ask again', async () => {
    const world = records()
    const expected = await world.arrive('1')
    const { run, newRun } = runOf(world)
    await world.connections.needsReauthorization(ALICE, 'github', expected.id, expected.entry as never)
    const asked = await run.tokenFor('github', ['repo'])
    if (asked.outcome !== 'authorization-required') throw new Error(asked.outcome)
    await world.authorizations.end(ALICE, asked.authorizationId, {
      outcome: 'failed',
      code: 'wrong_account',
      account: 'bob',
    })
    const declined = { outcome: 'declined', code: 'wrong_account', account: 'bob' }
    expect(await newRun().tokenFor('github', ['repo'])).toEqual(declined)
  })

  test('whose consent was ended by its user before it went on does not ask again', async () => {
    const world = records()
    const { run, newRun } = runOf(world)
    const asked = await run.tokenFor('github', ['repo'])
    if (asked.outcome !== 'authorization-required') throw new Error(asked.outcome)
    const { id } = await world.arrive('1')
    const end = { outcome: 'connected', by: START, connection: id, scopes: 'read:user repo' } as const
    await world.authorizations.end(ALICE, asked.authorizationId, end)
    await world.connections.end(world.who, 'github', id)
    expect(await newRun().tokenFor('github', ['repo'])).toEqual({ outcome: 'declined', code: 'cancelled' })
  })

  test('asks once more for what its user left out, and is then told', async () => {
    const world = records()
    const { run, newRun, announced } = runOf(world)
    const asked = await run.tokenFor('github', ['repo'])
    if (asked.outcome !== 'authorization-required') throw new Error(asked.outcome)
    const { id } = await world.arrive('1', { granted: 'read:user' })
    const end = { outcome: 'connected', by: START, connection: id, scopes: 'read:user repo' } as const
    await world.authorizations.end(ALICE, asked.authorizationId, end)
    const again = await newRun().tokenFor('github', ['repo'])
    if (again.outcome !== 'authorization-required') throw new Error(again.outcome)
    expect(announced).toMatchObject([
      { scopes: [expect.anything(), 'Read and write'] },
      { missing: ['Read and write'] },
    ])
    await world.authorizations.end(ALICE, again.authorizationId, end)
    const missing = { outcome: 'missing-scopes', missing: ['Read and write'] }
    expect(await newRun().tokenFor('github', ['repo'])).toEqual(missing)
  })
})

describe('a run with two accounts', () => {
  test('knows their names, and uses the one that the call names', async () => {
    const world = records()
    await world.arrive('1', { since: NOW - 2 })
    const second = await world.arrive('2', { since: NOW - 1 })
    const { run } = runOf(world)
    expect(await run.accountsAt('github')).toEqual({ names: ['name of 1', 'name of 2'], byDefault: 'name of 1' })
    expect(await run.connectionFor('github', 'name of 2')).toEqual({ connection: second.id, name: 'name of 2' })
    expect(await run.connectionFor('github', 'name of 3')).toBe('unknown')
    const token = await run.tokenFor('github', ['repo'], { connection: second.id })
    expect(token).toEqual({ outcome: 'token', accessToken: `token of ${second.entry?.parameters.connection_label}` })
  })

  test('keeps to the account that its turn has used first', async () => {
    const world = records()
    const first = await world.arrive('1', { since: NOW - 2 })
    const second = await world.arrive('2', { since: NOW - 1 })
    const { run, newRun, accounts } = runOf(world)
    await run.tokenFor('github', ['repo'])
    await world.connections.makeDefault(ALICE, 'github', second.id)
    expect(await newRun().tokenFor('github', ['repo'])).toMatchObject({
      accessToken: `token of ${first.entry?.parameters.connection_label}`,
    })
    expect(accounts.get('github')).toBe(first.id)
    await world.connections.end(world.who, 'github', first.id)
    expect(await newRun().tokenFor('github', ['repo'])).toMatchObject({
      accessToken: `token of ${second.entry?.parameters.connection_label}`,
    })
  })
})

describe('a call', () => {
  test('is made with a token of this run, and its use is kept', async () => {
    const world = records()
    const { id } = await world.arrive('1')
    const { run } = runOf(world)
    const token = await run.tokenFor('github', ['repo'])
    if (token.outcome !== 'token') throw new Error(token.outcome)
    const what = { provider: 'github', accessToken: token.accessToken, does: 'listed repositories' } as const
    expect(await run.whileConnected(what, async () => 'done')).toBe('done')
    expect(world.uses).toEqual([[{ does: 'listed repositories' }, ALICE, 'github', id]])
    // What a disconnection has removed does not come back.
    await run.whileConnected(what, () => world.connections.end(world.who, 'github', id))
    expect(world.uses).toEqual([])
  })

  test('does not begin once its user has disconnected, nor with a token that this run did not get', async () => {
    const world = records()
    const { id } = await world.arrive('1')
    const { run } = runOf(world)
    const token = await run.tokenFor('github', ['repo'])
    if (token.outcome !== 'token') throw new Error(token.outcome)
    const what = { provider: 'github', accessToken: token.accessToken, does: 'listed' } as const
    await expect(run.whileConnected({ ...what, accessToken: 'another' }, async () => 1)).rejects.toThrow(
      DisconnectedError,
    )
    await world.connections.end(world.who, 'github', id)
    await expect(run.whileConnected(what, async () => 1)).rejects.toThrow(DisconnectedError)
    expect(world.uses).toEqual([])
  })

  test('that the vendor rejects leads to another consent; one that lacks a scope although all was granted does not', async () => {
    const world = records()
    await world.arrive('1')
    const { run } = runOf(world)
    await run.tokenFor('github', ['repo'])
    expect(await run.tokenFor('github', ['repo'], { rejected: 'scope-missing' })).toEqual({
      outcome: 'missing-scopes',
      missing: [],
    })
    expect(await run.tokenFor('github', ['repo'], { rejected: 'rejected' })).toMatchObject({
      outcome: 'authorization-required',
    })
    expect((await world.connections.read(ALICE, 'github')).connections[0]?.status).toBe('needs_reauthorization')
  })
})

test.each([
  ['signed-out', { outcome: 'signed-out' }],
  ['unavailable', { outcome: 'unavailable' }],
  ['refused', { outcome: 'refused' }],
] as const)('where the vault is %s nothing is asked for', async (_what, answer) => {
  const world = records()
  await world.arrive('1')
  const { run } = runOf(world, { inVault: () => answer })
  expect(await run.tokenFor('github', ['repo'])).toEqual(answer)
  expect(await world.authorizations.listOpen(ALICE)).toEqual([])
})

test('what is not offered, or not in the provider’s list of scopes, is not asked for', async () => {
  const { run } = runOf(records())
  expect(await run.tokenFor('elsewhere', [])).toEqual({ outcome: 'not-offered' })
  expect(await run.tokenFor('github', ['admin'])).toEqual({ outcome: 'not-offered' })
  expect(await run.connectionFor('status')).toBeUndefined()
  expect(await run.tokenFor('status', ['status:read'])).toEqual({ outcome: 'token', accessToken: 'of the agent' })
})

test('one user session has so many open questions, and no more', async () => {
  const world = records()
  for (const hint of ['a', 'b', 'c'])
    await world.authorizations.open({
      ...{ owner: ALICE, provider: 'github', displayName: 'GitHub', userSession: SESSION, hint, correlationId: 'x' },
    })
  const { run } = runOf(world)
  expect(await run.tokenFor('google-calendar', [])).toEqual({ outcome: 'declined', code: 'failed' })
})
