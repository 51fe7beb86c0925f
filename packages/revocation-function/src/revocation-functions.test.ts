import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ProviderRevocation } from '@agent-identity/provider-kit'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { answerRevocation } from './answer-revocation.ts'
import { createRevocationFunctions } from './revocation-functions.ts'

let answer: (response: ServerResponse) => void = () => undefined
const asked: { path: string | undefined; authorization: string | undefined; body: string }[] = []
/** A request for which its test does not wait any more may arrive during a later test. */
const askedWith = (token: string) => asked.filter(({ body }) => body.includes(token))
// A request that arrives while the server closes an idle connection would be reset.
const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    asked.push({ path: request.url, authorization: request.headers.authorization, body })
    answer(response)
  })
})
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function functions(timeoutMs = 60_000) {
  const lines: string[] = []
  const { port } = server.address() as AddressInfo
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }
  const made = createRevocationFunctions({
    region: 'us-east-1',
    functions: { github: 'agents-github-revocation' },
    timeoutMs,
    log: { warn: (...line: unknown[]) => void lines.push(JSON.stringify(line)) } as never,
    aws: { endpoint: `http://127.0.0.1:${port}`, credentials },
  })
  return { ...made, lines }
}

test('the token goes to the provider’s own function, signed, and nothing else does', async () => {
  answer = (response) => response.end('{"outcome":"revoked"}')
  const { has, revoke } = functions()
  expect([has('github'), has('slack'), has('constructor')]).toEqual([true, false, false])
  expect(await revoke('github', 'the-token')).toBe('revoked')
  expect(askedWith('the-token')).toEqual([
    {
      path: '/2015-03-31/functions/agents-github-revocation/invocations',
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 /),
      body: '{"accessToken":"the-token"}',
    },
  ])
})

const silence = () => undefined

test.each<[string, string, (response: ServerResponse) => void]>([
  ['an error of the function', 'failed', (response) => response.setHeader('x-amz-function-error', 'Bug').end('{}')],
  ['an answer without an outcome', 'failed', (response) => response.end('{"outcome":"perhaps"}')],
  ['an answer that is not JSON', 'failed', (response) => response.end('revoked')],
  ['no right to call it', 'did not answer', (response) => response.writeHead(403).end('{"message":"denied"}')],
  ['a reset', 'did not answer', (response) => response.destroy()],
  ['silence', 'did not answer', silence],
])('%s is unavailable, logged as “%s”, asked at most once, and the token is in no log', async (what, logged, how) => {
  const token = `the token of ${what}`
  answer = how
  // On a busy machine the SDK's first call alone can take longer than 300 ms.
  const { revoke, lines } = functions(how === silence ? 300 : 60_000)
  expect(await revoke('github', token)).toBe('unavailable')
  expect(askedWith(token).length).toBeLessThanOrEqual(1)
  expect(lines).toEqual([expect.stringContaining(`a revocation function ${logged}`)])
  expect(lines.join()).not.toContain(token)
})

const revocation: ProviderRevocation = {
  by: 'client',
  url: 'https://vendor.example/revoke',
  revoke: async (token, { url, client }) =>
    token === 'the-token' && url.endsWith('/revoke') && client?.clientSecret === 'secret' ? 'revoked' : 'refused',
}
const client = { clientId: 'client', clientSecret: 'secret' }

test.each([
  [{ accessToken: 'the-token' }, 'revoked'],
  [{ accessToken: 'the-token', url: 'https://evil.example' }, 'refused'],
  [{}, 'refused'],
  ['the-token', 'refused'],
])('the function takes a token and nothing else: %j is %s', async (event, outcome) => {
  expect(await answerRevocation(event, { revocation, client, timeoutMs: 1_000 })).toEqual({ outcome })
})
