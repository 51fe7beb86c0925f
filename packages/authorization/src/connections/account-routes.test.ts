import {
  ACCOUNTS_PER_PROVIDER,
  type AuthorizationId,
  type ConnectionId,
  type ConnectionRef,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import {
  ApiError,
  auditFingerprintKey,
  createAuditTrail,
  createLogger,
  errorHandler,
  listen,
  requestLog,
  requireSameOrigin,
} from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import express, { type Request } from 'express'
import type { AccessRequest, ExistingToken } from '../request-authorization.ts'
import { outside, PROVIDER, SCOPES, startReplica, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { OFFERED } from '../test-support/offered.ts'
import { createAccountByHint } from './account-by-hint.ts'
import { createAccounts } from './accounts.ts'
import { connectionRoutes } from './connection-routes.ts'

const STRANGER = 'o'.repeat(22) as UserRef
const ref = 's'.repeat(22) as UserSessionRef
const authorizationId = `${ref}.${'i'.repeat(22)}` as AuthorizationId
const PUBLIC_URL = 'https://agent.example'
const accountChoice = { hint: 'login_hint', chooser: { prompt: 'select_account' } } as const
const offered = new Map([...OFFERED].map(([id, one]) => [id, { ...one, accountChoice }]))

let redis: TestRedis
let one: Awaited<ReturnType<typeof startReplica>>
let server: Awaited<ReturnType<typeof listen>>
const world = outside()
let requests: AccessRequest[]
let lines: string[]
/** What the token vault and the vendor say of the account that came. */
let inVault: () => Promise<ExistingToken>
let atVendor: string[]
let vendorSays: string | undefined
let meanwhile: () => Promise<unknown>

const named = (hint: string, user = USER) =>
  createAccountByHint({
    records: one.records,
    connectionKeys: { sealWith: 't', keys: { t: 't'.repeat(43) } },
    clock: () => world.now,
  })(user, PROVIDER, hint)

beforeAll(async () => {
  redis = await startTestRedis()
  one = await startReplica(redis, world)
  const userOf = (request: Request) => request.get('x-user') as UserRef
  const audit = createAuditTrail({
    service: 'agent-workload',
    fingerprintKey: auditFingerprintKey({ sealWith: 'k', keys: { k: 'k'.repeat(43) } }),
    clock: () => world.now,
    destination: { write: (line) => void lines.push(line) },
  })
  const log = createLogger({ service: 'test', level: 'silent' })
  const app = express()
  app.use(requestLog(log))
  app.use(
    connectionRoutes({
      offered,
      connections: one.connections,
      accounts: {
        ...createAccounts({ records: one.records }),
        byHint: async (user, _provider, hint) => named(hint, user),
        makeDefault: one.records.writeDefault,
      },
      calls: one.calls,
      notify: async () => undefined,
      existingToken: () => inVault(),
      async accountOf(_provider, accessToken) {
        atVendor.push(accessToken)
        await meanwhile()
        return { name: vendorSays }
      },
      authorizations: {
        findActive: async () => undefined,
        read: async () => ({ expiresAt: world.now + 1 }),
        listActive: async () => [],
      } as never,
      uses: { list: async () => [] },
      async requestAccess(request) {
        requests.push(request)
        return { outcome: 'authorization-required', authorizationId }
      },
      connect: async () => ({ outcome: 'superseded' }),
      disconnections: {
        disconnect: (who) => one.disconnect(who as never),
        lookAgain: async () => undefined,
        setAside: async () => undefined,
      },
      askFirst: { isOn: async () => true, choose: async () => undefined },
      requireUser: (request, _response, next) => next(userOf(request) ? undefined : new ApiError('not_signed_in')),
      requireSameOrigin: requireSameOrigin(PUBLIC_URL),
      limit: (_request, _response, next) => next(),
      limitReads: (_request, _response, next) => next(),
      audit,
      userSessionOf: (request) => ({ ref, userRef: userOf(request) }) as never,
    }),
  )
  app.use(errorHandler(log))
  server = await listen(app, { port: 0, drainSeconds: 1 })
})
afterAll(async () => {
  await server.stop()
  await redis.stop()
})
beforeEach(async () => {
  await one.redis.flushall()
  one.said.length = 0
  requests = []
  lines = []
  inVault = async () => ({ outcome: 'token', accessToken: 'granted' })
  atVendor = []
  vendorSays = undefined
  meanwhile = async () => undefined
})

async function connected(
  hint: string,
  came: string | undefined = hint,
  user = USER,
): Promise<{ ref: ConnectionRef; id: ConnectionId }> {
  world.now += 1
  const found = await named(hint, user)
  if (found === 'too-many') throw new Error(found)
  const { record } = await one.connections
    .connected(found.ref, { scopes: SCOPES, generation: 0, hint, parameters: { login_hint: hint } }, { name: came })
    .then((bound) => (bound.outcome === 'superseded' ? Promise.reject(new Error()) : bound))
  return { ref: found.ref, id: record.id }
}

interface Sent {
  user?: string
  body?: unknown
  headers?: Record<string, string>
}

async function send(method: string, path: string, { user = USER, body, headers = {} }: Sent = {}) {
  const answer = await fetch(`${server.url}/api/connections/${PROVIDER}${path}`, {
    method,
    headers: {
      'sec-fetch-site': 'same-origin',
      ...(user && { 'x-user': user }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, json: text ? JSON.parse(text) : undefined }
}

const ROUTES = {
  acceptance: (id: string, more?: Sent) =>
    send('POST', `/acceptance?account=${id}`, { body: { generation: 1, account: 'bob@home' }, ...more }),
  doubt: (account: string, more?: Sent) => send('POST', `/doubt?account=${account}`, more),
  default: (account: string, more?: Sent) => send('PUT', '/default', { body: { account }, ...more }),
  DELETE: (account: string, more?: Sent) => send('DELETE', `?account=${account}`, more),
}

/** All that is stored of both users, the default included. */
const stored = async () => {
  const keys = (await one.redis.keys('connection:*')).sort()
  return Promise.all(keys.map((key) => one.redis.hgetall(key)))
}

describe.each(Object.entries(ROUTES))('%s', (name, route) => {
  test('of an id that the user does not have changes nothing, and answers alike', async () => {
    await connected('alice@work', 'bob@home')
    const theirs = await connected('carol', 'carol', STRANGER)
    const before = await stored()
    const unknown = [theirs.id, 'AAAAAAAAAAA', ...(name === 'default' ? [] : ['alice@work', ''])]
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
      ['the right one', 'alice', 'connected'],
      ['another one', 'bob', 'wrong_account'],
    ])('reads its name again: it is %s', async (_which, name, status) => {
      const id = await unnamed()
      vendorSays = name
      expect(await ROUTES.acceptance(id, { body: { generation: 1 } })).toMatchObject({
        status: 200,
        json: { status, account: name },
      })
      expect(lines).toEqual([])
      // Once more, from a page that shows no name yet: the name has not been seen there.
      const again = await ROUTES.acceptance(id, { body: { generation: 1 } })
      expect([again.status, (await one.find())?.status]).toEqual([409, status])
    })

    test('decides nothing while the vendor or AgentCore does not say', async () => {
      const id = await unnamed()
      expect((await ROUTES.acceptance(id, { body: { generation: 1 } })).status).toBe(503)
      inVault = async () => ({ outcome: 'unavailable' })
      expect((await ROUTES.acceptance(id, { body: { generation: 1 } })).status).toBe(503)
      expect(await one.find()).toMatchObject({ status: 'wrong_account' })
    })

    test('does not give a name to another account that has come since', async () => {
      const id = await unnamed()
      vendorSays = 'alice'
      meanwhile = () => one.connections.connected(UNNAMED, { scopes: SCOPES, generation: 1, parameters: {} }, {})
      expect((await ROUTES.acceptance(id, { body: { generation: 1 } })).json.code).toBe('authorization_settled')
      const record = await one.find()
      expect(record).toMatchObject({ status: 'wrong_account', generation: 2 })
      expect(record?.came).toBeUndefined()
    })

    test('calls nothing with a token that was read before its user doubted it', async () => {
      const id = await unnamed()
      vendorSays = 'alice'
      inVault = async () => {
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

test('"Not the right one?" puts the latch on, and leads to the vendor’s account chooser', async () => {
  const { ref, id } = await connected('alice@work')
  expect(await ROUTES.doubt(id)).toMatchObject({ status: 201, json: { authorizationId } })
  expect(requests).toMatchObject([
    { named: ref.named, generation: 1, forceAuthentication: true, parameters: accountChoice.chooser },
  ])
  expect(await one.connections.find(ref)).toMatchObject({ status: 'wrong_account', doubted: true })
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['account_doubted'])
  expect(lines.join()).not.toContain('alice')
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
})
