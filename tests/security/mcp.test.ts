import { type AuthorizationId, authorizationKey, type UserRef } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { auth } from '@modelcontextprotocol/client'
import { linkIn, modernClient, rawCall, signingIn } from '../support/mcp.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { userSessionRefOf, withRedis } from '../support/redis.ts'
import { userSessionOf, userTokensOf } from '../support/secrets.ts'
import { emulatorOf, logWith, type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { countVendorCalls } from '../support/vendor-calls.ts'

let stack: Stack & { stop(): Promise<void> }
beforeAll(async () => {
  stack = await startStackOfItsOwn({ MCP_CONSENT_WAIT_MS: '300' }, { mcp: true, replicas: 2 })
})
afterAll(() => stack.stop())

async function waiting(args: Parameters<typeof rawCall>[2] = {}) {
  const who = await signedIn(stack)
  const { accessToken } = await modernClient(stack, who)
  const asked = await rawCall(stack, accessToken(), args)
  const { requestState = '' } = asked.json.result ?? {}
  expect(asked.json.result?.resultType).toBe('input_required')
  return { who, token: accessToken(), link: linkIn(asked), requestState }
}

async function nothingWasSpent({ who, token, link, requestState }: Awaited<ReturnType<typeof waiting>>): Promise<void> {
  const open = await rawCall(stack, token, { requestState })
  expect(open.json.result?.resultType).toBe('input_required')
  expect(linkIn(open)).toBe(link)
  expect(outcomeOf(await who.consent(link))).toBe('bound')
  // A call waits for at most 300 ms. As a client does, it is sent again while the consent is not settled.
  let done = open
  while (done.json.result?.resultType === 'input_required' && linkIn(done) === link)
    done = await rawCall(stack, token, { requestState })
  expect(JSON.stringify(done.json.result)).toContain(who.username)
}

const stateIsRefused = { code: -32_602, data: { reason: 'invalid_request_state' } }

const BIG = 'an argument that no tool has '.repeat(3)

describe('the link of alice’s client', () => {
  test('opened in bob’s browser shows what strangers see, and alice can finish', async () => {
    const alice = await waiting()
    const bob = await signedIn(stack)
    const count = await emulatorOf(stack).counting()
    const page = await bob.browser.navigate(alice.link)
    const stranger = await bob.browser.navigate(`${stack.app}/authorizations/${'x'.repeat(22)}/start`)
    const withoutId = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')
    expect([page.status, withoutId(page.body)]).toEqual([stranger.status, withoutId(stranger.body)])
    expect(page.status).toBe(404)
    expect(await count('GetResourceOauth2Token')).toBe(0)
    await nothingWasSpent(alice)
  })

  test('sent to bob while alice’s consent is open, is unknown to bob, and alice’s consent is bound', async () => {
    const alice = await waiting()
    const started = await alice.who.start(alice.link)
    const bob = await signedIn(stack)
    expect((await bob.browser.navigate(alice.link)).status).toBe(404)
    expect(outcomeOf(await alice.who.decide(started, 'authorize'))).toBe('bound')
  })

  test('fetched by a client, or ahead of its user, or from another site, starts nothing', async () => {
    const alice = await waiting()
    const count = await emulatorOf(stack).counting()
    expect((await fetch(alice.link, { redirect: 'manual' })).status).toBe(401)
    const ahead = await alice.who.browser.navigate(alice.link, { headers: { 'sec-purpose': 'prefetch' } })
    const elsewhere = await alice.who.browser.navigate(alice.link, { from: new URL('http://inspector.example') })
    for (const page of [ahead, elsewhere]) {
      expect(page.status).toBe(200)
      expect(page.body).toContain('See the events in your calendars')
      expect(page.body).toContain(alice.who.username)
      expect(page.body).toContain('mcp-client')
    }
    expect(await count('GetResourceOauth2Token')).toBe(0)
    const { pathname } = new URL(alice.link)
    expect(elsewhere.body.match(/<a class="button" href="([^"]+)"/)?.[1]).toBe(`${pathname}?confirmed=yes`)
    await nothingWasSpent(alice)
  })

  test('goes on in another session when its user signs out in between', async () => {
    const alice = await waiting()
    await alice.who.start(alice.link)
    await alice.who.signOut()
    // The link sends her to the sign-in and back.
    const page = await alice.who.signIn(new URL(alice.link).pathname)
    expect(page.url.origin).toBe(stack.vendors['google-calendar'])
    await nothingWasSpent(alice)
  })
})

describe('a requestState', () => {
  test('that was altered, or is somebody else’s, another client’s, tool’s or arguments’, is refused', async () => {
    const alice = await waiting()
    const bob = await waiting()
    const other = await modernClient(stack, alice.who, undefined, '')
    const { requestState } = alice
    const count = await emulatorOf(stack).counting()
    const adding = (title: string) => ({ name: 'add_calendar_event', args: { title, startTime: '12:30' } })
    const ofLunch = (await rawCall(stack, alice.token, adding('Lunch'))).json.result?.requestState
    expect(ofLunch).toBeDefined()
    const [version, body = '', mac] = requestState.split('.')
    const forged = Buffer.from(body, 'base64url')
      .toString()
      .replace(/"authorization":"(.)/, (_all, first) => `"authorization":"${first === '0' ? '1' : '0'}`)
    const refused = [
      await rawCall(stack, alice.token, {
        requestState: `${version}.${Buffer.from(forged).toString('base64url')}.${mac}`,
      }),
      await rawCall(stack, alice.token, { requestState: 'v1.e30.AAAA' }),
      await rawCall(stack, alice.token, { requestState: bob.requestState }),
      await rawCall(stack, bob.token, { requestState }),
      await rawCall(stack, other.accessToken(), { requestState }),
      await rawCall(stack, alice.token, { requestState, name: 'list_repositories' }),
      await rawCall(stack, alice.token, { ...adding('Dinner'), requestState: ofLunch }),
      // Nor can Bob's client decline.
      await rawCall(stack, bob.token, { requestState, action: 'decline' }),
    ]
    for (const { json } of refused) expect(json.error).toMatchObject(stateIsRefused)
    expect(await count('GetResourceOauth2Token')).toBe(0)
    await nothingWasSpent(alice)
    await nothingWasSpent(bob)
  })

  test('does not reveal its user, and is valid for one authorization only', async () => {
    const alice = await waiting()
    const payload = Buffer.from(alice.requestState.split('.')[1] ?? '', 'base64url').toString()
    expect(payload).not.toContain(alice.who.username)
    expect(Object.keys(JSON.parse(payload).p)).toEqual(['authorization'])
    await nothingWasSpent(alice)
    // With the `requestState` of an authorization that has ended, a call asks for no second consent.
    const again = await rawCall(stack, alice.token, { requestState: alice.requestState })
    expect(JSON.stringify(again.json.result)).toContain(alice.who.username)
  })
})

describe('an access token', () => {
  const refused = async (token: string) => {
    const count = await emulatorOf(stack).counting()
    const answer = await rawCall(stack, token, {})
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toContain(
      `resource_metadata="${stack.app}/.well-known/oauth-protected-resource/mcp"`,
    )
    expect(await count('GetWorkloadAccessTokenForJWT')).toBe(0)
    return answer.json
  }

  test('of the sign-in, an ID token, one with another signature, and an unsigned one look alike', async () => {
    const alice = await signedIn(stack)
    const { accessToken, idToken } = await userTokensOf(stack, await userSessionRefOf(alice))
    const client = await modernClient(stack, alice)
    const [header, payload] = client.accessToken().split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const answers = []
    for (const token of [accessToken, idToken, `${header}.${payload}.${'A'.repeat(342)}`, `${none}.${payload}.`, 'x'])
      answers.push(await refused(token))
    expect(new Set(answers.map((json) => JSON.stringify(json))).size).toBe(1)
  })

  test('is not passed on: the vendor gets AgentCore’s, and our log has neither', async () => {
    const alice = await waiting()
    const calls = countVendorCalls(stack)
    await nothingWasSpent(alice).finally(calls.stop)
    const given = calls.tokens('google-calendar')
    expect(given).not.toHaveLength(0)
    expect(given).not.toContain(alice.token)
    const log = await logWith(stack, [await rawCall(stack, alice.token, {})])
    expect(log).toContain('"service":"mcp-server"')
    for (const secret of [alice.token, alice.requestState, alice.link, ...given]) expect(log).not.toContain(secret)
  })

  test('without the scope is refused', async () => {
    const alice = await signedIn(stack)
    const { provider, callback, accessToken } = signingIn(alice, stack.mcpClient?.clientId)
    const serverUrl = stack.mcp ?? ''
    await auth(provider, { serverUrl, scope: 'openid' })
    const { code = '', iss = '' } = Object.fromEntries(callback()?.searchParams ?? [])
    await auth(provider, { serverUrl, authorizationCode: code, iss })
    const answer = await rawCall(stack, accessToken(), {})
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      403,
      expect.stringContaining('error="insufficient_scope"'),
    ])
  })
})

describe('a request', () => {
  test.each([
    ['of a page elsewhere', { origin: 'http://evil.example' }],
    ['under a name that was pointed here', { host: 'evil.example' }],
  ])('%s is refused before its token is looked at', async (_what, headers) => {
    expect((await rawCall(stack, 'any', { headers })).status).toBe(403)
  })

  test('that is not the protocol gets the protocol’s error, and spends nothing', async () => {
    const alice = await waiting()
    const count = await emulatorOf(stack).counting()
    const { token } = alice
    const answers = [
      await rawCall(stack, token, { body: '{"jsonrpc":' }),
      await rawCall(stack, token, { method: 'no/such-method' }),
      await rawCall(stack, token, { name: 'no_such_tool' }),
      await rawCall(stack, token, { version: '1999-01-01' }),
      await rawCall(stack, token, { body: `[${'{},'.repeat(3)}{}]` }),
    ]
    expect(answers.map(({ status, json }) => [status, json.error?.code])).toEqual([
      [400, -32_700],
      [404, -32_601],
      [200, -32_602],
      [400, -32_022],
      [400, -32_600],
    ])
    const unfit = await rawCall(stack, token, { name: 'add_calendar_event', args: { title: 'x', startTime: 'noon' } })
    expect(unfit.json.result?.isError).toBe(true)
    const unknown = await rawCall(stack, token, { name: 'add_calendar_event', args: { title: 'x', [BIG]: 'x' } })
    expect([unknown.status, unknown.json.error?.code]).toEqual([200, -32_602])
    expect(JSON.stringify(unknown.json)).not.toContain(BIG)
    expect((await rawCall(stack, token, { args: { [BIG]: BIG.repeat(400) } })).status).toBe(413)
    expect(await count('GetResourceOauth2Token')).toBe(0)
    await nothingWasSpent(alice)
  })

  test('while AgentCore is away says that it may work later, and works when it is back', async () => {
    const alice = await waiting()
    // Without a record of the connection, AgentCore would not be asked.
    await nothingWasSpent(alice)
    await emulatorOf(stack).fault({ operation: 'GetResourceOauth2Token', status: 500, times: 100 })
    const away = await rawCall(stack, alice.token, {})
    expect(JSON.stringify(away.json.result)).toContain('may work again later')
    await emulatorOf(stack).forgetFaults()
    const back = await rawCall(stack, alice.token, {})
    expect(JSON.stringify(back.json.result)).toContain(alice.who.username)
  })
})

test('a writer of Redis without a key cannot give bob what alice’s client has asked for', async () => {
  const alice = await waiting()
  const bob = await signedIn(stack)
  const id = new URL(alice.link).pathname.split('/')[2] as AuthorizationId
  const refOf = async (who: Person): Promise<UserRef> => userRef((await userSessionOf(stack, who)).user)
  const [from, to] = [authorizationKey(await refOf(alice.who), id), authorizationKey(await refOf(bob), id)]
  expect(await withRedis(stack, (redis) => redis.copy(from, to, 'REPLACE'))).toBe(1)
  expect((await bob.browser.navigate(alice.link)).status).toBe(404)
  await nothingWasSpent(alice)
})
