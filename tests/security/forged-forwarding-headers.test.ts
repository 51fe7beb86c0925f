import { describe, expect, test } from '@jest/globals'
import type { Answer } from '../support/http-browser.ts'
import { exchange } from '../support/http-browser.ts'
import { sendRaw } from '../support/raw-http.ts'
import { emulatorOf, replicaOf, type Service, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const EVIL = 'evil.example'

/** Headers that some servers trust. */
const FORGED = {
  'x-forwarded-host': EVIL,
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '444',
  'x-forwarded-for': '10.0.0.1, 127.0.0.1',
  'x-forwarded-server': EVIL,
  'x-forwarded-prefix': `//${EVIL}`,
  'x-original-url': `//${EVIL}/`,
  'x-rewrite-url': `//${EVIL}/`,
  'x-host': EVIL,
  'x-real-ip': '127.0.0.1',
  'x-http-method-override': 'DELETE',
  forwarded: `for=127.0.0.1;host=${EVIL};proto=https`,
  via: `1.1 ${EVIL}`,
}

const KNOWN = [stack.app, stack.signIn, stack.agentcoreIdentity]
function expectNothingOfIt(answer: Answer): void {
  expect(JSON.stringify(answer.headers) + answer.body).not.toContain(EVIL)
  const { location } = answer.headers
  if (location !== undefined) expect(KNOWN).toContain(new URL(location, stack.app).origin)
  for (const line of answer.headers['set-cookie'] ?? []) expect(line).toMatch(/; Secure/)
}

describe.each([
  ['through the load balancer', undefined, {}],
  ['past the load balancer, Host too', replicaOf(stack, 'agent-workload', 0), { host: EVIL }],
] as const)('forged forwarding headers %s', (_way, via, host) => {
  const headers = { ...FORGED, ...host }

  test('change no redirect, link, cookie or check in the whole flow to a connection', async () => {
    const somebody = await somebodyNew(stack)
    const send = somebody.browser.send.bind(somebody.browser)
    somebody.browser.send = async (url, options) => {
      if (url.origin !== stack.app) return send(url, options)
      const toBinding = url.pathname.startsWith('/oauth2/')
      const at = via === undefined ? {} : { via: toBinding ? replicaOf(stack, 'session-binding', 0) : via }
      const answer = await send(url, { ...options, ...at, headers: { ...options.headers, ...headers } })
      expectNothingOfIt(answer)
      return answer
    }
    const signIn = await somebody.browser.send(new URL('/auth/sign-in', stack.app), {})
    const parameters = new URL(signIn.headers.location ?? '').searchParams
    expect(parameters.get('redirect_uri')).toBe(`${stack.app}/auth/callback`)

    await somebody.signIn('/connections')
    const { stream } = await somebody.ask('List my repositories')
    await somebody.connect((await stream.next('authorization_required')).data.startUrl)
    expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
    const signedOut = await somebody.signOut()
    expect(new URL(signedOut.headers.location ?? '').searchParams.get('post_logout_redirect_uri')).toBe(
      `${stack.app}/auth/signed-out`,
    )
  })

  test('do not make another origin’s page count as ours', async () => {
    const somebody = await signedIn(stack)
    const count = await emulatorOf(stack).counting()
    const from = { origin: `https://${EVIL}`, 'sec-fetch-site': 'cross-site' }
    const at = via === undefined ? {} : { via }
    for (const foreign of [from, { origin: from.origin, 'sec-fetch-site': 'same-origin' }]) {
      const answer = await somebody.api('/api/connections/github/authorizations', {
        method: 'POST',
        ...at,
        headers: { ...headers, ...foreign },
      })
      expect(answer.status).toBe(403)
    }
    expect(await count('GetResourceOauth2Token')).toBe(0)
    expect((await somebody.api('/api/connections/github/authorizations', { method: 'POST' })).status).toBe(201)
  })
})

test('a request line that names another host is answered for ours', async () => {
  const { received } = await sendRaw(
    replicaOf(stack, 'agent-workload', 0),
    `GET http://${EVIL}/connections HTTP/1.1\r\nHost: ${EVIL}\r\nConnection: close\r\n\r\n`,
  )
  expect(received).toMatch(/^HTTP\/1\.1 302 /)
  const location = /^location: (.*)$/im.exec(received)?.[1] ?? ''
  const page = new URL(location.trim(), stack.app)
  expect(page.origin).toBe(stack.app)
  const next = await exchange(page, 'GET', { host: page.host })
  expect(next.headers.location).toMatch(new RegExp(`^${stack.signIn}/`))
})

describe.each<[Service]>([['agent-workload'], ['session-binding']])('the health of %s', (service) => {
  const ask = (path: string, headers: Record<string, string> = {}) => {
    const url = new URL(path, replicaOf(stack, service, 0))
    return exchange(url, 'GET', { host: url.host, ...headers })
  }

  test('is answered on its own port, and not to a forwarded request', async () => {
    for (const path of ['/healthz', '/readyz', '/HEALTHZ', '/readyz/']) {
      expect((await ask(path, { 'x-forwarded-for': '203.0.113.7' })).status).toBe(404)
      const url = new URL(path, stack.app)
      expect((await exchange(url, 'GET', { host: url.host })).status).toBe(404)
    }
    for (const path of ['/healthz', '/readyz']) expect((await ask(path)).status).toBe(200)
  })
})
