import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleFunction } from '@agent-identity/images/bundle-function'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const TOKEN = 'gho_a-token-of-a-user'
const directory = mkdtempSync(join(tmpdir(), 'revocation-function-'))
/** A file, not `--eval`: Lambda, too, imports the handler from a file. */
const driver = join(mkdtempSync(join(tmpdir(), 'revocation-driver-')), 'driver.mjs')
let secret = ''
let answer: (response: ServerResponse) => void = () => undefined
const asked: string[] = []
/** Stands in for Secrets Manager and for GitHub. */
const server = createServer((request, response) => {
  request.resume()
  if (request.method === 'POST') return void response.end(JSON.stringify({ SecretString: secret }))
  asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
  return answer(response)
})

beforeAll(async () => {
  bundleFunction('packages/revocation-function/src/main.ts', directory)
  const main = JSON.stringify(pathToFileURL(join(directory, 'main.mjs')))
  const program = `console.log(JSON.stringify(await (await import(${main})).handler(JSON.parse(process.argv[2]))))`
  writeFileSync(driver, program)
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function call(event: unknown) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    PROVIDER: 'github',
    CLIENT_SECRET_ID: 'agents/github',
    REVOCATION_TIMEOUT_MS: '60000',
    REVOCATION_URL: `${url}/api/v3/applications/{client_id}/token`,
  }
  const child = spawn(process.execPath, [driver, JSON.stringify(event)], { env })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const [code] = await once(child, 'close')
  return { code, output }
}

test('the bundle that is deployed ends a token as the client whose secret it reads, and says nothing else', async () => {
  asked.length = 0
  secret = '{"clientId":"the-client","clientSecret":"the-secret"}'
  answer = (response) => response.writeHead(204).end()
  expect(await call({ accessToken: TOKEN })).toEqual({ code: 0, output: '{"outcome":"revoked"}\n' })
  const basic = Buffer.from('the-client:the-secret').toString('base64')
  expect(asked).toEqual([`DELETE /api/v3/applications/the-client/token Basic ${basic}`])
})

test('a secret without an OAuth client is an error of the function, without its value or the token', async () => {
  secret = 'the-secret, not JSON'
  const { code, output } = await call({ accessToken: TOKEN })
  expect(code).toBe(1)
  expect(output).toContain('agents/github is not {"clientId"')
  expect(output).not.toMatch(/the-secret|gho_/)
})

test('a client that the vendor does not know any more is a warning by the provider’s name, and no error of the function', async () => {
  secret = '{"clientId":"the-client","clientSecret":"an-old-secret"}'
  answer = (response) => response.writeHead(401).end('{"message":"Bad credentials"}')
  expect(await call({ accessToken: TOKEN })).toEqual({
    code: 0,
    output: 'github has not answered a revocation\n{"outcome":"unavailable"}\n',
  })
})

test('the bundle has no client library of a provider', () => {
  const code = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'))
  expect(code.length).toBeGreaterThan(1)
  expect(code.join('').toLowerCase()).not.toContain('octokit')
})
