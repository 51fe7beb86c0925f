import type { RequestListener } from 'node:http'
import { createPeople, type LocalServer, listenOnLoopback } from '@agent-identity/stand-in-kit'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createSignIn } from './create-sign-in.ts'

const APP = 'http://localhost:9'
const INSPECTOR = 'http://localhost:6274'
const ELSEWHERE = 'https://elsewhere.example'

let server: LocalServer
let metadata: { token_endpoint: string; registration_endpoint: string }
beforeAll(async () => {
  let app: RequestListener = () => {}
  server = await listenOnLoopback((request, response) => app(request, response), 0)
  const issuer = `http://127.0.0.1:${server.port}`
  app = await createSignIn({
    issuer,
    people: createPeople(),
    applicationName: 'Agent workload',
    client: { id: 'agent-workload', secret: 'a-secret-of-this-test' },
    redirectUri: `${APP}/auth/callback`,
    postLogoutRedirectUri: `${APP}/auth/signed-out`,
    providerClients: [],
    mcp: { resource: `${APP}/mcp`, scope: 'mcp/tools', clientId: 'mcp-client' },
  })
  const document = `${issuer}/.well-known/oauth-authorization-server`
  expect(await preflight(document, ELSEWHERE, 'GET')).toBe(ELSEWHERE)
  metadata = await read(await fetch(document))
})
afterAll(() => server.close())

const read = async <Body>(response: Response) => (await response.json()) as Body

async function preflight(url: string, origin: string, method: string): Promise<string | null> {
  const asked = 'content-type,mcp-protocol-version'
  const headers = { origin, 'access-control-request-method': method, 'access-control-request-headers': asked }
  const answer = await fetch(url, { method: 'OPTIONS', headers })
  const isAllowed = answer.headers.get('access-control-allow-headers')?.toLowerCase().replaceAll(' ', '') === asked
  return answer.ok && isAllowed ? answer.headers.get('access-control-allow-origin') : null
}

async function register(origin: string, changes: Record<string, unknown> = {}) {
  const response = await fetch(metadata.registration_endpoint, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Inspector',
      redirect_uris: [`${INSPECTOR}/oauth/callback`],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...changes,
    }),
  })
  return {
    readBy: response.headers.get('access-control-allow-origin'),
    body: await read<{ client_id?: string }>(response),
  }
}

async function redeem(origin: string, clientId = '') {
  const response = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { origin },
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: clientId, code: 'none of ours' }),
  })
  return {
    readBy: response.headers.get('access-control-allow-origin'),
    error: (await read<{ error?: string }>(response)).error,
  }
}

test('a page on this machine registers itself, and gets to the token endpoint with its code', async () => {
  expect(await preflight(metadata.registration_endpoint, INSPECTOR, 'POST')).toBe(INSPECTOR)
  const { readBy, body } = await register(INSPECTOR)
  expect([readBy, typeof body.client_id]).toEqual([INSPECTOR, 'string'])
  expect(await preflight(metadata.token_endpoint, INSPECTOR, 'POST')).toBe(INSPECTOR)
  expect(await redeem(INSPECTOR, body.client_id)).toEqual({ readBy: INSPECTOR, error: 'invalid_grant' })
})

test('a page from elsewhere registers nothing, and gets no token for a code of another page', async () => {
  expect(await preflight(metadata.registration_endpoint, ELSEWHERE, 'POST')).toBeNull()
  const { body } = await register(INSPECTOR)
  expect((await register(ELSEWHERE)).readBy).toBeNull()
  for (const origin of [ELSEWHERE, 'http://localhost:6275'])
    expect(await redeem(origin, body.client_id)).toEqual({ readBy: null, error: 'invalid_request' })
})

test('no page uses a client whose codes go to a program', async () => {
  expect(await redeem(INSPECTOR, 'mcp-client')).toEqual({ readBy: null, error: 'invalid_request' })
  const ofScheme = { application_type: 'native', redirect_uris: ['com.example.editor:/callback'] }
  const { body } = await register(INSPECTOR, ofScheme)
  expect(body).toMatchObject({ client_id: expect.any(String) })
  expect(await redeem('null', body.client_id)).toEqual({ readBy: null, error: 'invalid_request' })
})
