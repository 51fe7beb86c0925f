import {
  ACCOUNTS_PER_PROVIDER,
  type ConnectionId,
  type ConnectionRecord,
  type OfferedProvider,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { authorizationId, startAccountRoutes } from '../test-support/account-routes.ts'
import { connectionRecord } from '../test-support/connection.ts'
import { PROVIDER, SCOPES, UNNAMED } from '../test-support/disconnecting.ts'
import { acceptAccount, type DecideAccountPorts } from './decide-account.ts'

const { one, answers, requests, lines, atVendor, told, endedUnused, connected, ROUTES, reset, stop } =
  await startAccountRoutes()
beforeEach(reset)
afterAll(stop)

const bound = { scopes: SCOPES, generation: 0, parameters: {} }
const trail = () => lines.map((line) => JSON.parse(line))
const WHO = { userFingerprint: expect.any(String), userSessionFingerprint: expect.any(String) }

/** Connects alice; then a consent brings the account `name`, or one that the vendor does not name. @returns the id of the connection. */
async function came(name: string | undefined, boundBy = {}) {
  await one.connections.connected(UNNAMED, bound, { name: 'alice' })
  await one.connections.connected(UNNAMED, { ...bound, ...boundBy }, { name })
  return (await one.find())?.id ?? ''
}
const seen = (account: string | undefined, generation = 1) => ({ body: { generation, account } })

const write = async (more: Partial<ConnectionRecord>, provider = PROVIDER) => {
  const ref = { ...UNNAMED, provider }
  await one.records.write(ref, await one.records.read(ref), connectionRecord({ scopes: SCOPES, ...more }), {})
}

test('the audit trail says who accepted or doubted an account, in which request', async () => {
  const accepted = await ROUTES.acceptance(await came('bob'), seen('bob'))
  expect(accepted.status).toBe(200)
  await ROUTES.doubt(accepted.json.accountId)
  const common = { provider: PROVIDER, requestId: expect.any(String), ...WHO }
  expect(trail()).toMatchObject([
    { event: 'account_accepted', ...common, accountFingerprint: expect.any(String) },
    { event: 'account_doubted', ...common },
  ])
})

describe('the turns that wait for a decision are told', () => {
  const boundBy = { boundBy: authorizationId }

  test.each([
    ['it is used', 'bob', (id: string) => ROUTES.acceptance(id, seen('bob'))],
    ['the vendor says its name', undefined, (id: string) => ROUTES.acceptance(id, seen(undefined))],
    ['it is doubted', 'bob', (id: string) => ROUTES.doubt(id)],
  ])('when %s, and none where no authorization has bound it', async (_what, name, decide) => {
    answers.vendor = 'alice'
    await decide(await came(name))
    expect(told).toEqual([])
    await reset()
    answers.vendor = 'alice'
    await decide(await came(name, boundBy))
    expect(new Set(told)).toEqual(new Set([authorizationId]))
  })
})

describe('"Use it"', () => {
  test.each([
    ['the account that is connected', { account: 'alice' }, 'alice', 200],
    ['another account than the one that is connected', { account: 'alice' }, 'bob', 409],
    ['one that the vendor has ended', { status: 'needs_reauthorization', account: 'alice' }, 'alice', 409],
  ] as const)('of %s', async (_what, record, account, status) => {
    await write({ generation: 1, ...record })
    expect((await ROUTES.acceptance('connection1', seen(account))).status).toBe(status)
    expect((await ROUTES.acceptance('connection1', seen(account, 2))).status).toBe(409)
    expect([lines, requests]).toEqual([[], []])
  })

  test.each([
    ['bob', 'account_accepted'],
    [undefined, 'account_connected'],
  ])('of %s, once another consent has gone to the vendor, needs one: %s', async (name, event) => {
    const id = await came(name, { boundBy: authorizationId })
    await one.connections.consentStarts(UNNAMED, { scopes: SCOPES, parameters: {} })
    answers.vendor = 'alice'
    expect(await ROUTES.acceptance(id, seen(name))).toMatchObject({
      status: 200,
      json: { status: 'needs_reauthorization', account: name ?? 'alice' },
    })
    expect([trail(), told, requests]).toMatchObject([[{ event }], [authorizationId], []])
  })

  test('of one that was doubted, and came again under another spelling of its name, asks for nothing', async () => {
    const { ref, id } = await connected('alice@work')
    await one.connections.doubt(ref)
    await one.connections.connected(ref, { ...bound, generation: 1, hint: 'alice@work' }, { name: 'Alice@Work' })
    expect(await ROUTES.acceptance(id, seen('Alice@Work', 2))).toMatchObject({
      status: 200,
      json: { status: 'connected' },
    })
    expect(requests).toEqual([])
  })

  test('answers with the row of that provider, also where an account elsewhere has the same id', async () => {
    const id = 'AAAAAAAAAAA' as ConnectionId
    for (const provider of ['github', PROVIDER]) await write({ id, account: provider }, provider)
    expect((await ROUTES.acceptance(id, seen(PROVIDER, 0))).json).toMatchObject({
      provider: PROVIDER,
      account: PROVIDER,
    })
  })

  test('is temporarily unavailable when what was decided about is gone before the answer', async () => {
    const id = await came('bob', { boundBy: authorizationId })
    answers.notify = async () => void (await one.redis.flushall())
    expect(await ROUTES.acceptance(id, seen('bob'))).toMatchObject({ status: 503 })
  })

  test('of one that was accepted in another tab a moment ago is settled, and does not end it', async () => {
    const record = connectionRecord({ status: 'wrong_account', came: 'bob', generation: 1, connectedAt: undefined })
    const accepted = connectionRecord({ account: 'bob', generation: 1 })
    const ports = {
      accounts: {
        byId: async () => ({ ref: UNNAMED, record }),
        list: async () => [{ ref: UNNAMED, record: accepted }],
      },
      connections: { accept: async () => undefined, letGo: async () => undefined },
      disconnections: { endUnused: async (who: unknown) => void endedUnused.push(who) },
    } as unknown as DecideAccountPorts
    const who = { user: UNNAMED.user, userSession: 's'.repeat(22) as UserSessionRef, requestId: 'r' }
    const provider = one.offered.get(PROVIDER) as OfferedProvider
    const shown = { generation: 1, account: 'bob' }
    expect(await acceptAccount(who, provider, record.id, shown, ports)).toEqual({ outcome: 'settled' })
    expect(endedUnused).toEqual([])
  })

  test('of one that came to another one’s name ends that one, unless it was connected before', async () => {
    const { ref, id } = await connected('alice@work', 'bob@home')
    expect((await ROUTES.acceptance(id)).status).toBe(201)
    expect(endedUnused).toMatchObject([{ ...ref, userSession: expect.any(String), requestId: expect.any(String) }])
    expect((await one.connections.find(ref))?.heldUntil).toBe(0)

    await reset()
    const before = await connected('alice@work')
    const again = { ...bound, hint: 'alice@work', parameters: { login_hint: 'alice@work' } }
    await one.connections.connected(before.ref, again, { name: 'bob@home' })
    expect((await ROUTES.acceptance(before.id)).status).toBe(201)
    expect(endedUnused).toEqual([])
  })

  test('needs room for the account by its own name', async () => {
    for (let n = 1; n < ACCOUNTS_PER_PROVIDER; n++) await connected(`user${n}@work`)
    const { id } = await connected('alice@work', 'bob@home')
    expect(await ROUTES.acceptance(id)).toMatchObject({ status: 409, json: { code: 'too_many_accounts' } })
    expect([requests, endedUnused]).toEqual([[], []])
  })

  test('changes nothing where AgentCore cannot be asked for the account by its own name', async () => {
    const { ref, id } = await connected('alice@work', 'bob@home')
    const before = await one.connections.find(ref)
    answers.asked = { outcome: 'unavailable' }
    expect((await ROUTES.acceptance(id)).status).toBe(503)
    expect([await one.connections.find(ref), endedUnused]).toEqual([before, []])
  })

  test('reads no name for a connection of another generation, or in another state', async () => {
    const id = await came(undefined)
    for (const change of [{ generation: 2 }, { status: 'connected' as const }]) {
      answers.inVault = async () => {
        await write({ id: id as ConnectionId, status: 'wrong_account', generation: 1, ...change })
        return { outcome: 'token', accessToken: 'of before' }
      }
      answers.vendor = 'alice'
      expect((await ROUTES.acceptance(id, seen(undefined))).status).toBe(409)
      await write({ id: id as ConnectionId, status: 'wrong_account', generation: 1 })
    }
    expect(atVendor).toEqual([])
  })

  test('fails when the vendor’s client fails, and decides nothing', async () => {
    const id = await came(undefined)
    answers.meanwhile = async () => {
      throw new Error('a defect')
    }
    expect((await ROUTES.acceptance(id, seen(undefined))).status).toBe(500)
    expect((await one.find())?.status).toBe('wrong_account')
  })
})

describe('"Not the right one?"', () => {
  test('of one that was ended is settled', async () => {
    await write({ status: 'disconnected' })
    expect(await ROUTES.doubt('connection1')).toMatchObject({ status: 409, json: { code: 'authorization_settled' } })
    expect([lines, requests, told]).toEqual([[], [], []])
  })
})
