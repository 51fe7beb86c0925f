import { ACCOUNTS_PER_PROVIDER } from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { accountChoice, authorizationId, STRANGER, startAccountRoutes } from '../test-support/account-routes.ts'
import { PROVIDER, USER } from '../test-support/disconnecting.ts'
import { createAccounts } from './accounts.ts'

const { world, one, answers, requests, lines, connected, send, ROUTES, stored, reset, stop } =
  await startAccountRoutes()
beforeEach(reset)
afterAll(stop)

describe.each(Object.entries(ROUTES))('%s', (name, route) => {
  test('of an id that the user does not have changes nothing, and answers alike', async () => {
    await connected('alice@work', 'bob@home')
    const theirs = await connected('carol', 'carol', STRANGER)
    const before = await stored()
    const isInBody = name === 'default' || name === 'authorizations'
    const unknown = [theirs.id, 'AAAAAAAAAAA', ...(isInBody ? [] : ['alice@work', ''])]
    for (const id of unknown) {
      const { status, json } = await route(id)
      expect([id, status, json.code]).toEqual([id, 404, 'not_found'])
    }
    expect([await stored(), lines, one.said, requests]).toEqual([before, [], [], []])
  })

  test.each([
    ['from another site', 403, { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } }],
    ['without a user session', 401, { user: '' }],
  ] as const)('%s is refused with %i, and changes nothing', async (_what, status, how) => {
    const { id } = await connected('alice@work', 'bob@home')
    const before = await stored()
    expect((await route(id, how)).status).toBe(status)
    expect([await stored(), lines, one.said, requests]).toEqual([before, [], [], []])
  })
})

test('"Not the right one?" latches the connection, and leads to the vendor’s account chooser', async () => {
  const { ref, id } = await connected('alice@work')
  expect(await ROUTES.doubt(id)).toMatchObject({ status: 201, json: { authorizationId } })
  expect(requests).toMatchObject([
    { named: ref.named, generation: 1, forceAuthentication: true, parameters: accountChoice.chooser },
  ])
  expect(await one.connections.find(ref)).toMatchObject({ status: 'wrong_account', doubted: true })
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['account_doubted'])
  expect(lines.join()).not.toContain('alice')
})

test('"Not the right one?" of an account that came in place of another one is about the one that came', async () => {
  const { ref, id } = await connected('alice@work', 'bob@home')
  expect((await ROUTES.doubt(id, { body: { account: 'alice@work' } })).status).toBe(409)
  expect((await ROUTES.doubt(id, { body: { account: 'bob@home' } })).status).toBe(201)
  expect(await one.connections.find(ref)).toMatchObject({ doubted: true, doubtedAccount: 'bob@home' })
})

test('"Not the right one?" of an account that is no longer there is settled, and changes nothing', async () => {
  const { ref, id } = await connected('alice@work')
  const before = await stored()
  expect(await ROUTES.doubt(id, { body: { account: 'bob@home' } })).toMatchObject({
    status: 409,
    json: { code: 'authorization_settled' },
  })
  expect((await ROUTES.doubt(id, { body: { generation: 0 } })).status).toBe(400)
  expect([await stored(), lines, requests]).toEqual([before, [], []])
  expect((await ROUTES.doubt(id, { body: { account: 'alice@work' } })).status).toBe(201)
  expect(await one.connections.find(ref)).toMatchObject({ status: 'wrong_account', doubted: true })
})

describe('"Make default"', () => {
  test('is for the account that is named, and only of this user', async () => {
    const [work, home] = [await connected('alice@work'), await connected('alice@home')]
    const { id } = await connected('carol', 'carol', STRANGER)
    expect((await ROUTES.default(home.id)).status).toBe(204)
    const { choose } = createAccounts({ records: one.records })
    expect([(await choose(USER, PROVIDER))?.ref, (await choose(STRANGER, PROVIDER))?.record?.id]).toEqual([
      home.ref,
      id,
    ])
    expect(work.id).not.toBe(home.id)
  })

  test.each([
    ['{}', 400],
    ['{"account":"alice@work"}', 400],
    ['{"account":"AAAAAAAAAAA","user":"somebody"}', 400],
    ['["AAAAAAAAAAA"]', 400],
    ['{', 400],
  ])('with the body %s is %i', async (body, status) => {
    const before = [await connected('alice@work'), await stored()]
    expect((await send('PUT', '/default', { body })).status).toBe(status)
    expect([before[0], await stored()]).toEqual(before)
  })

  test('with what is not JSON is 415', async () => {
    expect((await send('PUT', '/default', { body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(415)
  })
})

describe('connecting', () => {
  const connect = (body?: unknown, headers?: Record<string, string>) =>
    send('POST', '/authorizations', { body, ...(headers && { headers }) })

  test('without a body asks for the account without a name', async () => {
    expect(await connect()).toEqual({
      status: 201,
      allow: null,
      json: {
        authorizationId,
        startUrl: `/authorizations/${authorizationId}/start`,
        expiresAt: new Date(world.now + 1).toISOString(),
      },
    })
    expect(requests).toMatchObject([{ named: undefined, user: USER, requestId: expect.any(String) }])
  })

  test('reads a body whose length is not known before', async () => {
    expect((await connect(new Blob(['{"hint":"bob@home"}']).stream())).status).toBe(201)
    expect(requests).toMatchObject([{ parameters: { login_hint: 'bob@home' } }])
  })

  test.each([
    ['{"account":"alice@work"}', 400, 'invalid_request'],
    ['{"user":"somebody"}', 400, 'invalid_request'],
    ['["AAAAAAAAAAA"]', 400, 'invalid_request'],
    ['"AAAAAAAAAAA"', 400, 'invalid_request'],
    ['{', 400, 'invalid_request'],
    ['{"anotherAccount":true}', 400, 'invalid_request'],
    [`{"hint":"${'x'.repeat(1_024)}"}`, 413, 'payload_too_large'],
  ])('with the body %s asks for nothing', async (body, status, code) => {
    const { json, ...answer } = await connect(body)
    expect([answer.status, json.code, requests]).toEqual([status, code, []])
  })

  test('with what is not JSON asks for nothing', async () => {
    expect([(await connect('{}', { 'content-type': 'text/plain' })).status, requests]).toEqual([415, []])
  })

  test.each([
    [{ account: 'alice@work' }, 'Send {"account": …}, {"hint": …}, or nothing.'],
    [{ anotherAccount: true }, 'Say which account: without a name it is the same.'],
    [{ account: 'AAAAAAAAAAA', hint: 'bob' }, 'Send an account, or the name of another one.'],
  ])('with %j says what is missing', async (body, detail) => {
    expect((await connect(body)).json.detail).toBe(detail)
  })

  test('is temporarily unavailable when the authorization is gone before the answer', async () => {
    answers.isOpen = false
    expect(await connect()).toMatchObject({ status: 503, json: { code: 'temporarily_unavailable' } })
  })
})

test.each(['/authorizations', '/acceptance?account=AAAAAAAAAAA', '/doubt?account=AAAAAAAAAAA'])(
  '%s takes POST only, and there is none at a provider that is not offered, or that needs no consent',
  async (path) => {
    expect(await send('GET', path)).toMatchObject({ status: 405, allow: 'POST' })
    const body = { account: 'bob@home', ...(path.startsWith('/acceptance') && { generation: 1 }) }
    for (const provider of ['nowhere', 'constructor', 'status', 'stock', 'hours'])
      expect((await send('POST', `/../${provider}${path}`, { body })).status).toBe(404)
    expect([requests, lines]).toEqual([[], []])
  },
)

test('one account more than a user may have is a clear error, and asks for nothing', async () => {
  for (let n = 0; n < ACCOUNTS_PER_PROVIDER; n++) await connected(`user${n}@work`)
  const { status, json } = await send('POST', '/authorizations', { body: { hint: 'one@more', anotherAccount: true } })
  expect([status, json.code, requests]).toEqual([409, 'too_many_accounts', []])
})

describe('disconnecting', () => {
  test('without saying which of several that are open is a clear error, and ends none', async () => {
    const accounts = [await connected('alice@work'), await connected('alice@home')]
    expect(await send('DELETE', '')).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining('?account=') },
    })
    for (const { ref } of accounts) expect(await one.connections.find(ref)).toMatchObject({ status: 'connected' })
  })

  test('ends the one that is named, and the last that is open needs no name', async () => {
    const [work, home] = [await connected('alice@work'), await connected('alice@home')]
    expect(await ROUTES.DELETE(home.id)).toMatchObject({ status: 200, json: { accountId: home.id } })
    expect(await one.connections.find(work.ref)).toMatchObject({ status: 'connected' })
    expect(await send('DELETE', '')).toMatchObject({ status: 200, json: { accountId: work.id } })
  })

  test('of one that was asked for and never connected says that it is ended, although no row is left of it', async () => {
    const { ref, id } = await connected('alice@work', 'bob@home')
    expect((await ROUTES.DELETE(id)).json).toEqual({
      ...{ provider: PROVIDER, displayName: 'Google Calendar', accountId: id },
      ...{ status: 'disconnected', scopes: [] },
    })
    expect(await one.connections.find(ref)).toMatchObject({ status: 'disconnected' })
    expect(await ROUTES.DELETE(id)).toMatchObject({ status: 200 })
  })
})
