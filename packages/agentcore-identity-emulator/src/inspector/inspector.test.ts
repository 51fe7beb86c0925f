import { request as httpRequest } from 'node:http'
import {
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../index.ts'
import {
  ask,
  clientOf,
  comeBack,
  leave,
  type NotesVendor,
  notesProvider,
  SECRETS,
  startNotesVendor,
  tokenInput,
} from '../test-support/notes-vendor.ts'

let emulator: Emulator
let client: ReturnType<typeof clientOf>
let vendor: NotesVendor
beforeAll(async () => {
  vendor = await startNotesVendor()
  emulator = await startEmulator(notesProvider(vendor))
  client = clientOf(emulator)
})
afterAll(async () => {
  await emulator.close()
  await vendor.close()
})
beforeEach(() => emulator.reset())

type Reply = { status: number; headers: NodeJS.Dict<string | string[]>; body: string }

/** node:http, because fetch sets some of these headers itself. */
function send(method: string, path: string, headers: Record<string, string> = {}, body?: unknown, to = emulator) {
  return new Promise<Reply>((resolve, reject) => {
    const { hostname, port } = new URL(to.url)
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
const JSON_TYPE = { 'content-type': 'application/json' }
const view = async () => (await send('GET', '/_inspector/view')).body

describe('the inspector', () => {
  test('is a page at / that may run no script but its own', async () => {
    const { status, headers, body } = await send('GET', '/', { accept: 'text/html' })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*script-src 'self'; /)
    expect(body).toContain('<h1>AgentCore Identity emulator</h1>')
    for (const file of ['inspector.js', 'pages.css'])
      expect((await send('GET', `/_inspector/${file}`)).status).toBe(200)
  })

  test('shows the next step of an authorization after each step', async () => {
    const { authorizationUrl, sessionUri, workloadAccessToken } = await ask(emulator)
    expect(await view()).toContain('The application sends the browser to the authorization URL.')

    const left = await leave(authorizationUrl)
    expect(await view()).toContain(
      'The user consents at the vendor, and the vendor sends the browser to the callback URL.',
    )

    await comeBack(left)
    expect(await view()).toContain('The application calls CompleteResourceTokenAuth')

    await client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId: 'alice' } }))
    expect(await view()).toContain('GetResourceOauth2Token answers with the token.')
    const answer = await client.send(new GetResourceOauth2TokenCommand(tokenInput(workloadAccessToken)))
    expect(answer.accessToken).toBe(SECRETS.accessToken)
  })

  test('shows no token, secret, code, session URI or state of a flow that has them all', async () => {
    const { authorizationUrl, sessionUri, workloadAccessToken } = await ask(emulator)
    const left = await leave(authorizationUrl)
    await comeBack(left)
    const pages = [await view()]
    await client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId: 'alice' } }))
    pages.push(await view(), (await send('GET', '/')).body)

    const parameters = new URL(left.callback).searchParams
    const secrets = [
      ...Object.values(SECRETS),
      emulator.credentials[0]?.secretAccessKey,
      workloadAccessToken,
      sessionUri,
      sessionUri.split(':').at(-1),
      authorizationUrl,
      parameters.get('state'),
      parameters.get('code'),
      /=([^;]+)/.exec(left.cookie)?.[1],
    ]
    expect(secrets.every((secret) => typeof secret === 'string' && secret.length > 0)).toBe(true)
    for (const page of pages) for (const secret of secrets) expect(page).not.toContain(secret)
    expect(pages[1]).toContain('alice (user id)')
    expect(pages[1]).toContain('notes')
  })

  test('says that an authorization has expired when the clock passes its end', async () => {
    await ask(emulator)
    await send('POST', '/_inspector/control/clock', JSON_TYPE, { advanceSeconds: 601 })
    expect(await view()).toContain('Expired. GetResourceOauth2Token starts another authorization.')
  })

  test('shows a caller’s input as text, never as markup', async () => {
    const workloadName = 'agent'
    const userId = '<img src=x onerror=alert(1)>'
    await client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }))
    expect(await view()).toContain('&lt;img src=x onerror=alert(1)&gt;')
  })

  test.each<[string, () => unknown]>([
    [
      'a call',
      () => client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId: 'alice' })),
    ],
    ['a reset in the test’s process', () => emulator.reset()],
    ['a later time, set in the test’s process', () => emulator.clock.advance(60)],
  ])('notifies an open page of %s', async (_change, happens) => {
    const response = await fetch(`${emulator.url}/_inspector/events`)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toContain('event: changed')
    const next = reader?.read()
    await happens()
    expect((await next)?.value).toContain('event: changed')
    await reader?.cancel()
  })

  test('does what its buttons say: time, a fault, reset', async () => {
    const origin = {
      ...JSON_TYPE,
      origin: emulator.url,
      host: new URL(emulator.url).host,
      'sec-fetch-site': 'same-origin',
    }
    const before = emulator.clock.now().getTime()
    expect((await send('POST', '/_inspector/control/clock', origin, { advanceSeconds: 3600 })).status).toBe(200)
    expect(emulator.clock.now().getTime() - before).toBeGreaterThanOrEqual(3_600_000)

    const fault = { operation: 'GetWorkloadAccessTokenForUserId', error: 'ThrottlingException', times: 1 }
    expect((await send('POST', '/_inspector/control/faults', origin, fault)).status).toBe(204)
    expect(await view()).toContain('429 ThrottlingException, once')
    expect((await send('POST', '/_inspector/control/reset', origin, {})).status).toBe(204)
    expect(await view()).not.toContain('Planned faults')
  })
})

test('the inspector’s buttons work behind a proxy that ends TLS', async () => {
  const host = 'emulator.example'
  const proxied = await startEmulator({ publicUrl: `https://${host}/`, controlHosts: [host] })
  try {
    const clock = async (origin: string) => {
      const headers = { ...JSON_TYPE, origin, host, 'sec-fetch-site': 'same-origin' }
      return (await send('POST', '/_inspector/control/clock', headers, { advanceSeconds: 1 }, proxied)).status
    }
    expect([await clock(`https://${host}`), await clock(`https://${host}:8443`)]).toEqual([200, 403])
  } finally {
    await proxied.close()
  }
})

describe('the inspector is out of reach of', () => {
  test.each([
    ['a rebound name', { host: 'attacker.example' }],
    ['a page of another site', { origin: 'https://attacker.example', 'sec-fetch-site': 'cross-site' }],
    ['a page of another port', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }],
    ['a request of another site without an Origin', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    [
      'a frame on another site',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    ],
  ])('%s, and nothing changes', async (_who, headers: Record<string, string>) => {
    for (const path of ['/', '/_inspector/view', '/_inspector/events']) {
      expect((await send('GET', path, headers)).status).toBe(403)
    }
    const before = emulator.clock.now().getTime()
    const answer = await send(
      'POST',
      '/_inspector/control/clock',
      { ...JSON_TYPE, ...headers },
      { advanceSeconds: 3600 },
    )
    expect(answer.status).toBe(403)
    expect(emulator.clock.now().getTime() - before).toBeLessThan(3_600_000)
  })

  test('a form of another site, also when it opens as a page', async () => {
    const before = emulator.clock.now().getTime()
    const visit = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    const clock = '/_inspector/control/clock'
    const answer = await send('POST', clock, { ...JSON_TYPE, ...visit }, { advanceSeconds: 3600 })
    expect(answer.status).toBe(403)
    expect(emulator.clock.now().getTime() - before).toBeLessThan(3_600_000)
  })

  test('a form, which cannot send JSON', async () => {
    const type = { 'content-type': 'text/plain' }
    expect((await send('POST', '/_inspector/control/reset', type, {})).status).toBe(415)
  })
})

describe('the inspector opens', () => {
  test('from a link on another page', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    expect((await send('GET', '/', headers)).status).toBe(200)
  })
})
