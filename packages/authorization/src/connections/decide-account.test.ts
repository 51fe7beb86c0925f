import { AUTHORIZATION_EXPIRIES_KEY } from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { authorizationId, startAccountRoutes } from '../test-support/account-routes.ts'
import { SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { unreadableMeanwhile } from '../test-support/unreadable-meanwhile.ts'

const { one, answers, requests, lines, atVendor, connected, ROUTES, stored, reset, stop } = await startAccountRoutes()
beforeEach(reset)
afterAll(stop)

describe('"Use it"', () => {
  test('connects the account that came, once more does no harm, and the audit trail does not name it', async () => {
    await one.connections.connected(UNNAMED, { scopes: SCOPES, generation: 0, parameters: {} }, { name: 'alice@work' })
    await one.connections.connected(UNNAMED, { scopes: SCOPES, generation: 0, parameters: {} }, { name: 'bob@home' })
    const { id = '' } = (await one.find()) ?? {}
    for (let time = 0; time < 2; time++)
      expect(await ROUTES.acceptance(id)).toMatchObject({
        status: 200,
        json: { status: 'connected', account: 'bob@home' },
      })
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'account_accepted', accountFingerprint: expect.any(String) },
    ])
    for (const plain of ['bob', 'alice', USER]) expect(lines.join()).not.toContain(plain)
  })

  test('of one that came under another one’s name asks for it with its own, and uses nothing yet', async () => {
    const { ref, id } = await connected('alice@work', 'bob@home')
    expect(await ROUTES.acceptance(id)).toMatchObject({ status: 201, json: { authorizationId } })
    expect(requests).toMatchObject([{ parameters: { login_hint: 'bob@home' }, forceAuthentication: true }])
    expect(requests[0]?.named).not.toBe(ref.named)
    expect(await one.connections.find(ref)).toMatchObject({ status: 'wrong_account' })
  })

  describe('of one that the vendor did not name', () => {
    async function unnamed() {
      const bound = { scopes: SCOPES, generation: 0, parameters: {} }
      await one.connections.connected(UNNAMED, bound, { name: 'alice' })
      await one.connections.connected(UNNAMED, bound, {})
      return (await one.find())?.id ?? ''
    }

    test.each([
      ['the right one', 'alice', 'connected', [{ event: 'account_connected', accountFingerprint: expect.any(String) }]],
      ['another one', 'bob', 'wrong_account', []],
    ])('reads its name again: it is %s', async (_which, name, status, audited) => {
      const id = await unnamed()
      answers.vendor = name
      expect(await ROUTES.acceptance(id, { body: { generation: 1 } })).toMatchObject({
        status: 200,
        json: { status, account: name },
      })
      expect(lines.map((line) => JSON.parse(line))).toMatchObject(audited)
      for (const plain of ['bob', 'alice', USER]) expect(lines.join()).not.toContain(plain)
      // Sent from a page that shows no name yet.
      const again = await ROUTES.acceptance(id, { body: { generation: 1 } })
      expect([again.status, (await one.find())?.status]).toEqual([409, status])
    })

    test('decides nothing while the vendor or AgentCore does not say', async () => {
      const id = await unnamed()
      expect((await ROUTES.acceptance(id, { body: { generation: 1 } })).status).toBe(503)
      answers.inVault = async () => ({ outcome: 'unavailable' })
      expect((await ROUTES.acceptance(id, { body: { generation: 1 } })).status).toBe(503)
      expect(await one.find()).toMatchObject({ status: 'wrong_account' })
    })

    test.each([
      ['the vendor does not take its token any more', () => Object.assign(answers, { isRejected: true })],
      ['AgentCore has no token', () => Object.assign(answers, { inVault: async () => ({ outcome: 'none' }) })],
    ])('asks for another consent when %s: its name can never be read', async (_why, given) => {
      const id = await unnamed()
      given()
      const { status, json } = await ROUTES.acceptance(id, { body: { generation: 1 } })
      expect([status, json.authorizationId]).toEqual([201, authorizationId])
      expect(requests).toMatchObject([{ forceAuthentication: true }])
    })

    test('does not give a name to another account that has come since', async () => {
      const id = await unnamed()
      answers.vendor = 'alice'
      answers.meanwhile = () =>
        one.connections.connected(UNNAMED, { scopes: SCOPES, generation: 1, parameters: {} }, {})
      expect((await ROUTES.acceptance(id, { body: { generation: 1 } })).json.code).toBe('authorization_settled')
      const record = await one.find()
      expect(record).toMatchObject({ status: 'wrong_account', generation: 2 })
      expect(record?.came).toBeUndefined()
    })

    test('decides nothing, and says that it may be tried again, when its record cannot be read meanwhile', async () => {
      const id = await unnamed()
      answers.vendor = 'alice'
      answers.meanwhile = unreadableMeanwhile(one.records, one.redis)
      expect((await ROUTES.acceptance(id, { body: { generation: 1 } })).status).toBe(503)
      expect(await one.find()).toMatchObject({ status: 'wrong_account' })
    })

    test('calls nothing with a token that was read before its user doubted it', async () => {
      const id = await unnamed()
      answers.vendor = 'alice'
      answers.inVault = async () => {
        await one.connections.doubt(UNNAMED)
        return { outcome: 'token', accessToken: 'before' }
      }
      expect(await ROUTES.acceptance(id, { body: { generation: 1 } })).toMatchObject({
        status: 409,
        json: { code: 'authorization_settled' },
      })
      expect([atVendor, (await one.find())?.status]).toEqual([[], 'wrong_account'])
    })
  })

  test('of what the user has not seen is settled: another account, or the same of another consent; and says what it needs', async () => {
    const { ref, id } = await connected('alice@work', 'bob@home')
    const came = { scopes: SCOPES, generation: 1, hint: 'alice@work', parameters: { login_hint: 'alice@work' } }
    await one.connections.connected(ref, came, { name: 'carol@home' })
    const before = await stored()
    for (const body of [
      { generation: 1, account: 'bob@home' },
      { generation: 2, account: 'bob@home' },
      { generation: 1, account: 'carol@home' },
      { generation: 2 },
    ])
      expect((await ROUTES.acceptance(id, { body })).json.code).toBe('authorization_settled')
    for (const body of [undefined, {}, { account: 'carol@home' }, { generation: '2', account: 'carol@home' }])
      expect((await ROUTES.acceptance(id, { body })).json.code).toBe('invalid_request')
    expect([await stored(), requests]).toEqual([before, []])
    const seen = { generation: 2, account: 'carol@home' }
    expect(await ROUTES.acceptance(id, { body: seen })).toMatchObject({ status: 201 })
  })

  test('of one that was ended is settled', async () => {
    await one.connections.connected(UNNAMED, { scopes: SCOPES, generation: 0, parameters: {} }, { name: 'alice' })
    const { id } = (await one.disconnect()) ?? {}
    expect((await ROUTES.acceptance(id ?? '')).json.code).toBe('authorization_settled')
  })
})

test.each([
  ['"Use it"', 'bob', (id: string) => ROUTES.acceptance(id, { body: { generation: 1, account: 'bob' } })],
  ['"Use it", of one without a name', undefined, (id: string) => ROUTES.acceptance(id, { body: { generation: 1 } })],
  ['"Not the right one?"', 'bob', (id: string) => ROUTES.doubt(id)],
  ['disconnecting', 'bob', (id: string) => ROUTES.DELETE(id)],
])('after %s an expiry timer looks soon, should no replica be told: turns wait for it', async (_what, name, decide) => {
  const bound = { scopes: SCOPES, generation: 0, parameters: {} }
  await one.connections.connected(UNNAMED, bound, { name: 'alice' })
  await one.connections.connected(UNNAMED, { ...bound, boundBy: authorizationId }, name ? { name } : {})
  const { id = '', heldUntil = 0 } = (await one.find()) ?? {}
  await one.redis.zadd(AUTHORIZATION_EXPIRIES_KEY, heldUntil, authorizationId)
  answers.vendor = 'alice'
  answers.notify = async () => {
    throw new Error('Redis is away')
  }
  await decide(id)
  expect((await one.find())?.heldUntil).toBeUndefined()
  expect(Number(await one.redis.zscore(AUTHORIZATION_EXPIRIES_KEY, authorizationId))).toBeLessThan(heldUntil - 60_000)
})
