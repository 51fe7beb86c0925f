import { UNKNOWN_OUTCOME } from '@agent-identity/tools'
import { afterEach, expect, jest, test } from '@jest/globals'
import { createLocalJWKSet } from 'jose'
import { AGENTCORE_ASKS_FOR_CONSENT, type RunningMcpServer, startMcpServer } from './test-support/running-mcp-server.ts'

let server: RunningMcpServer
afterEach(async () => {
  jest.restoreAllMocks()
  await server.stop()
})

const TRY_AGAIN = 'Try again in a moment'
const AWAY = expect.objectContaining({
  code: 'temporarily_unavailable',
  detail: expect.stringContaining('have a look before it is sent again'),
})
const resultOf = (body: string) => JSON.parse(body).result

test('while Redis is away a call is told to try again, and works when Redis is back', async () => {
  server = await startMcpServer()
  const { redis } = server
  await redis.kill()
  const { status, body } = await server.call('alice')
  expect([status, JSON.parse(body)]).toEqual([503, AWAY])
  expect(server.seen.requests).toBe(0)
  await redis.start()
  await server.untilRedisAnswers()
  expect(resultOf((await server.call('alice')).body)).toMatchObject({ resultType: 'input_required' })
})

test('while the issuer’s keys cannot be read a call is told to try again, and its token is not called invalid', async () => {
  let areAway = true
  const noKey = createLocalJWKSet({ keys: [] })
  const issuerKeys = () => (areAway ? Promise.reject(new Error('away')) : Promise.resolve(noKey))
  server = await startMcpServer({}, { issuerKeys })
  const { status, headers, body } = await server.call('alice')
  expect([status, headers.get('www-authenticate'), JSON.parse(body)]).toEqual([503, null, AWAY])
  areAway = false
  const refused = await server.call('alice')
  expect([refused.status, JSON.parse(refused.body).error]).toEqual([401, 'invalid_token'])
  expect(server.seen).toEqual({ mints: 0, requests: 0 })
})

const OPEN_ISSUE = {
  params: { name: 'open_issue', arguments: { repository: 'alice/notes', title: 'Lunch' } },
  headers: { 'mcp-name': 'open_issue' },
}

test.each([
  ['that reads', 'to try again', {}, TRY_AGAIN],
  ['that changes something', 'to have a look first: it may have been made before', OPEN_ISSUE, UNKNOWN_OUTCOME.trim()],
])(
  'a call %s, during which Redis goes away, is told %s, and works when Redis is back',
  async (_which, _what, sent, words) => {
    let goesAway = true
    server = await startMcpServer(
      {},
      {
        identity: {
          ...AGENTCORE_ASKS_FOR_CONSENT,
          async requestAccessToken(...request) {
            if (goesAway) await server.redis.kill()
            goesAway = false
            return AGENTCORE_ASKS_FOR_CONSENT.requestAccessToken(...request)
          },
        },
      },
    )
    await server.connect('alice')
    const { body } = await server.call('alice', sent)
    expect(resultOf(body)).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(words) }] })
    expect(body.includes(TRY_AGAIN)).toBe(words === TRY_AGAIN)
    await server.redis.start()
    await server.untilRedisAnswers()
    // It came back empty.
    await server.connect('alice')
    expect(resultOf((await server.call('alice', sent)).body)).toMatchObject({ resultType: 'input_required' })
  },
)

test('a retry that comes late gets another link, and one that comes too late is refused', async () => {
  const minutes = (n: number) => n * 60_000
  const began = Date.now()
  let now = began
  // The SDK takes the time from `Date.now`.
  jest.spyOn(Date, 'now').mockImplementation(() => now)
  server = await startMcpServer({ MCP_CONSENT_WAIT_MS: '1' }, { clock: () => now })
  const first = resultOf((await server.call('alice')).body)
  const retry = async () => {
    const inputResponses = { consent: { action: 'accept' } }
    return JSON.parse(
      (await server.call('alice', { params: { requestState: first.requestState, inputResponses } })).body,
    )
  }
  expect((await retry()).result.inputRequests).toEqual(first.inputRequests)
  now = began + minutes(11)
  const late = (await retry()).result
  expect(late.resultType).toBe('input_required')
  expect(late.inputRequests.consent.params.url).not.toBe(first.inputRequests.consent.params.url)
  now = began + minutes(16)
  expect((await retry()).error).toMatchObject({ code: -32_602, data: { reason: 'invalid_request_state' } })
  expect(resultOf((await server.call('alice')).body)).toMatchObject({ resultType: 'input_required' })
})
