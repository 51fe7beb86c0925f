import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attacks } from '@agent-identity/operations/attacks'
import { forwardUrl } from '@agent-identity/operations/forwarded-url'
import { Visitor } from '@agent-identity/operations/visitor'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { PATIENCE_MS } from '../support/patience.ts'

let chromium: Browser
let server: Server
let app: string
let beforeAttack = async () => {}
let isRefused: (pathname: string) => boolean = () => false
const RETURN = '/oauth2/session-binding'
const CALLBACK = '/identities/oauth2/callback/one'
const OF_ATTACKER = 'attacker=1'
const OF_VICTIM = 'victim=1'
beforeAll(async () => {
  chromium = await launchChromium()
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', app)
    const isOfVictim = pathname === RETURN && request.headers.cookie?.includes(OF_VICTIM)
    const answer = isRefused(pathname) ? REFUSED : isOfVictim ? NOT_RECOGNIZED : ANSWERS[pathname]
    const isAttack = pathname === RETURN && request.headers.cookie?.includes(OF_ATTACKER)
    const send = () => answer && response.writeHead(answer.status ?? 200, answer.headers).end(answer.body)
    // Requests for other paths are never answered.
    if (isAttack) void beforeAttack().then(send)
    else send()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  app = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await chromium.close()
  server.closeAllConnections()
  server.close()
})

const USER = { username: 'jane', password: 'a password', email: 'jane@example.com' }
const HTML = { 'content-type': 'text/html' }
const REFUSED = { status: 400, headers: { 'content-type': 'application/json' }, body: '{}' }
const NOT_RECOGNIZED = { status: 403, headers: HTML, body: '<main data-outcome="not_recognized">No</main>' }

/** A stand-in for the app: each browser counts as signed in, and each return as bound. */
const ANSWERS: Readonly<Record<string, { status?: number; headers?: Record<string, string>; body?: string }>> = {
  '/': {
    headers: HTML,
    body: `<input name="username"><input name="password">
      <textarea aria-label="Message"></textarea><button>Send</button><script>
      document.querySelector('button').onclick = () => fetch('/api/turns', { method: 'POST' }).then(() =>
        document.body.insertAdjacentHTML('beforeend', '<a href="/authorizations/one/start">Connect Profile</a>'))
      </script>`,
  },
  '/api/connections': { body: JSON.stringify([{ provider: 'profile', status: 'not_connected' }]) },
  '/api/turns': { body: JSON.stringify({ eventsUrl: '/events' }) },
  '/events': { body: `event: text\ndata: ${JSON.stringify({ delta: USER.email })}\n\n` },
  '/authorizations/one/start': { status: 302, headers: { location: '/identities/oauth2/authorize?request_uri=s' } },
  '/identities/oauth2/authorize': { status: 302, headers: { location: `${CALLBACK}?code=c` } },
  [CALLBACK]: { status: 302, headers: { location: `${RETURN}?session_id=s&state=t` } },
  [RETURN]: { headers: HTML, body: '<main data-outcome="bound">Connected</main>' },
}

/** In milliseconds, for a navigation. */
const LIMIT_MS = 5_000

test('the rightful user finishes although the attacks took longer than a navigation may', async () => {
  const [victim, attacker] = [await Visitor.open(chromium, app), await Visitor.open(chromium, app)]
  await victim.page.goto(app)
  victim.context.setDefaultNavigationTimeout(LIMIT_MS)
  await attacker.context.addCookies([{ name: 'attacker', value: '1', url: app }])
  let held = 0
  beforeAttack = async () => {
    if (victim.context.pages().length === 1) return
    held++
    // This navigation begins after the held one, so its limit ends later.
    const later = await victim.context.newPage()
    await expect(later.goto(`${app}/never-answered`, { timeout: LIMIT_MS })).rejects.toThrow('Timeout')
    victim.context.setDefaultNavigationTimeout(PATIENCE_MS)
    await later.close()
  }
  const open = () => Visitor.open(chromium, app)
  const rows: Parameters<typeof attacks>[2] = []
  await attacks({ victim, user: USER, attacker, another: USER, open }, 'Profile', rows)
  expect(rows.find(({ id }) => id === 'rightful-user-finishes')).toMatchObject({ verdict: 'holds' })
  expect(held).toBe(1)
  // This app starts every consent and binds every return.
  expect(rows.filter(({ verdict }) => verdict !== 'holds').map(({ id }) => id)).toEqual([
    'start-by-another-user',
    'start-from-another-site',
    'tampered-state',
    'missing-state',
    'tampered-session',
    'replay',
    'replay-by-another-user',
    'return-by-another-user',
    'return-in-another-browser',
    'return-with-a-stolen-cookie',
    'return-not-signed-in',
  ])
})

test('what was seen before an error is kept', async () => {
  const [victim, attacker] = [await Visitor.open(chromium, app), await Visitor.open(chromium, app)]
  await victim.page.goto(app)
  const open = () => Promise.reject(new Error('the browser has crashed'))
  const rows: Parameters<typeof attacks>[2] = []
  await expect(attacks({ victim, user: USER, attacker, another: USER, open }, 'Profile', rows)).rejects.toThrow(
    'has crashed',
  )
  expect(rows.map(({ id }) => id)).toContain('replay')
})

function takenOnce() {
  let times = 0
  return (pathname: string) => pathname === '/identities/oauth2/authorize' && ++times > 1
}

test.each([
  ['takes it twice', () => () => false, 'contradicted', 'both came back, and one was bound'],
  ['takes it once', takenOnce, 'holds', 'refused by AgentCore'],
])('a forwarded authorization URL, where AgentCore %s', async (_what, refused, verdict, seen) => {
  const victim = await Visitor.open(chromium, app)
  await victim.context.addCookies([{ name: 'victim', value: '1', url: app }])
  const open = async () => {
    isRefused = refused()
    return Visitor.open(chromium, app)
  }
  const rows: Parameters<typeof forwardUrl>[2] = []
  await forwardUrl({ victim, user: USER, another: USER, open }, 'Profile', rows)
  isRefused = () => false
  expect(rows.map((row) => [row.id, row.kind, row.verdict, row.seen])).toEqual([
    ['forwarded-url-after-return', 'flow', verdict, seen],
    ['forwarded-url-at-once', 'flow', verdict, seen],
  ])
})
