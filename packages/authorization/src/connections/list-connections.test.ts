import type { ConnectionUse } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { OFFERED } from '../test-support/offered.ts'
import { ALICE, NOW, records, SESSION } from '../test-support/people.ts'
import { connectAccount } from './connect-account.ts'
import { listConnections, listOfClients } from './list-connections.ts'

const userSession = { userRef: ALICE, ref: SESSION } as Parameters<typeof listConnections>[0]
const at = (ms: number) => new Date(ms).toISOString()

function world() {
  const all = records()
  const used: ConnectionUse[] = []
  const ports = {
    ...all,
    offered: OFFERED,
    askFirst: { isOn: async () => false },
    uses: { list: async () => used },
  }
  const rowsAt = async (provider: string) =>
    (await listConnections(userSession, ports)).filter((one) => one.provider === provider)
  return { ...all, used, ports, rowsAt }
}

describe('the list of connected accounts', () => {
  test('says of a provider without one what will be asked', async () => {
    expect(await world().rowsAt('github')).toEqual([
      {
        provider: 'github',
        displayName: 'GitHub',
        status: 'not_connected',
        scopes: [],
        asks: ['Read your profile', 'Read and write'],
        askFirst: false,
      },
    ])
  })

  test('has no provider without consent, and no question whether to ask first where nothing can be changed', async () => {
    const { ports } = world()
    const rows = await listConnections(userSession, ports)
    expect(rows.map(({ provider }) => provider)).toEqual(['github', 'profile', 'google-calendar'])
    expect(rows[1]).not.toHaveProperty('askFirst')
  })

  test('has accounts side by side, and says which one is the default', async () => {
    const { arrive, rowsAt } = world()
    const first = await arrive('1', { since: NOW - 2 })
    await arrive('2', { since: NOW - 1, granted: 'read:user' })
    expect(await rowsAt('github')).toEqual([
      {
        ...{ provider: 'github', displayName: 'GitHub', status: 'connected', askFirst: false },
        ...{ account: 'name of 1', accountId: first.id, isDefault: true, connectedAt: at(NOW - 2) },
        scopes: ['Read your profile', 'Read and write'],
      },
      expect.objectContaining({
        ...{ status: 'missing_scopes', account: 'name of 2', isDefault: false },
        ...{ scopes: ['Read your profile'], missing: ['Read and write'] },
      }),
    ])
  })

  test('says which account was expected where another one came, with what “Use it” has to send', async () => {
    const { arrive, rowsAt } = world()
    const expected = await arrive('1')
    await arrive('2', { expected: expected.id })
    expect((await rowsAt('github'))[1]).toMatchObject({
      ...{ status: 'wrong_account', account: 'name of 2', askedAccount: 'name of 1', generation: 0 },
      asks: ['Read your profile', 'Read and write'],
    })
  })

  test('says what became of an ended one, and no use of it', async () => {
    const { arrive, connections, who, used, rowsAt } = world()
    const { id } = await arrive('1')
    used.push({ does: 'listed', usedAt: NOW })
    await connections.end(who, 'github', id)
    expect((await rowsAt('github'))[0]).toMatchObject({ status: 'disconnecting', disconnectedAt: at(NOW), scopes: [] })
    await connections.outcome(who, 'github', { connection: id, generation: 1 }, 'revoked')
    const [row] = await rowsAt('github')
    expect(row).toMatchObject({ status: 'disconnected', outcome: 'revoked', account: 'name of 1' })
    expect(row).not.toHaveProperty('uses')
  })

  test('names the client that used it last', async () => {
    const { arrive, used, rowsAt } = world()
    await arrive('1')
    const client = { clientId: 'https://editor.example' }
    used.push({ does: 'listed', usedAt: NOW }, { does: 'opened', usedAt: NOW - 5, client })
    expect((await rowsAt('github'))[0]).toMatchObject({
      uses: [
        { does: 'listed', usedAt: at(NOW) },
        { does: 'opened', usedAt: at(NOW - 5), client },
      ],
      lastUsedBy: { ...client, usedAt: at(NOW - 5) },
    })
  })

  test('has a row for what this user session is connecting, and none for another session’s', async () => {
    const { ports, who, rowsAt } = world()
    const provider = OFFERED.get('github')
    if (!provider) throw new Error('It is not offered')
    const clocked = { ...ports, clock: () => NOW }
    await connectAccount(who, { provider }, clocked)
    await connectAccount({ ...who, userSession: 't'.repeat(22) as never }, { provider }, clocked)
    expect(await rowsAt('github')).toEqual([
      expect.objectContaining({ status: 'consent_pending', pendingUntil: at(NOW + 600_000) }),
    ])
  })

  test('keeps what MCP clients have asked for apart, the newest first', async () => {
    const { ports, authorizations, rowsAt } = world()
    for (const clientId of ['one', 'two'])
      await authorizations.open({
        ...{ owner: ALICE, provider: 'github', displayName: 'GitHub', client: { clientId }, correlationId: 'x' },
      })
    expect(await rowsAt('github')).toEqual([expect.objectContaining({ status: 'not_connected' })])
    const listed = await listOfClients(userSession, { ...ports, clock: () => NOW })
    expect(listed.map(({ clientId }) => clientId).toSorted()).toEqual(['one', 'two'])
    expect(listed[0]).toMatchObject({ displayName: 'GitHub', startUrl: expect.stringContaining('/start') })
  })
})

describe('connecting on the page', () => {
  const github = OFFERED.get('github')
  if (!github) throw new Error('It is not offered')
  const withHint = { ...github, accountChoice: { hint: 'login', chooser: { prompt: 'select_account' } } } as const
  const connect = (all: ReturnType<typeof world>, wanted: object, provider = withHint as typeof github) =>
    connectAccount(all.who, { provider, ...wanted }, { ...all, clock: () => NOW })

  test('asks again for the default account, or for the one that is named', async () => {
    const all = world()
    const first = await all.arrive('1')
    const second = await all.arrive('2')
    expect(await connect(all, {})).toMatchObject({ authorization: { connection: first.id, hint: 'name of 1' } })
    expect(await connect(all, { account: second.id })).toMatchObject({
      authorization: { connection: second.id, hint: 'name of 2' },
    })
    expect(await connect(all, { account: 'unknown_row' })).toEqual({ outcome: 'unknown-account' })
  })

  test('another account is the one that the user chooses at the vendor; a hint is only a hint', async () => {
    const all = world()
    await all.arrive('1')
    const another = await connect(all, { anotherAccount: true })
    expect(another).toMatchObject({ authorization: { chooser: true } })
    expect(another).not.toHaveProperty('authorization.connection')
    expect(await connect(all, { hint: 'work@example' })).toMatchObject({ authorization: { hint: 'work@example' } })
  })

  test('an account that has ended is suggested by its name, and none is expected', async () => {
    const all = world()
    const { id } = await all.arrive('1')
    await all.connections.end(all.who, 'github', id)
    const again = await connect(all, { account: id })
    expect(again).toMatchObject({ authorization: { hint: 'name of 1' } })
    expect(again).not.toHaveProperty('authorization.connection')
  })

  test('after another account than the expected one came, the vendor is asked to let the user choose', async () => {
    const all = world()
    const expected = await all.arrive('1')
    const came = await all.arrive('2', { expected: expected.id })
    expect(await connect(all, { account: came.id })).toMatchObject({
      authorization: { connection: expected.id, chooser: true },
    })
  })

  test('says what it cannot do', async () => {
    const all = world()
    expect(await connect(all, { hint: 'x' }, github)).toMatchObject({ outcome: 'unusable' })
    expect(await connect(all, { hint: 'x', account: 'unknown_row' })).toMatchObject({ outcome: 'unusable' })
    for (let n = 0; n < 20; n++) await all.arrive(`${n}`)
    expect(await connect(all, { anotherAccount: true })).toEqual({ outcome: 'too-many-accounts' })
    expect(await connect(all, {})).toMatchObject({ outcome: 'authorization' })
  })
})
