import { userSessionKey } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { RawConnection } from '../support/raw-http.ts'
import { keysOf, untilRedisSees, userSessionRefOf } from '../support/redis.ts'
import { emulatorOf, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
const [here, there] = [replicaOf(stack, 'agent-workload', 0), replicaOf(stack, 'agent-workload', 1)]

test('a message whose body arrives after the sign-out does not revive the user session, and has no effect', async () => {
  const somebody = await signedIn(stack)
  const ref = await userSessionRefOf(somebody)
  const cookie = await somebody.browser.jar.getCookieString(stack.app)
  const body = JSON.stringify({ message: 'List my repositories' })
  const calls = (await emulator.calls()).length

  const slow = new RawConnection(there)
  await untilRedisSees(
    stack,
    (command) => command === `get ${userSessionKey(ref)}`,
    () =>
      slow.send(
        [
          `POST /api/turns HTTP/1.1\r\nHost: ${new URL(stack.app).host}\r\nCookie: ${cookie}\r\nConnection: close`,
          `Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
        ].join('\r\n'),
      ),
  )
  expect((await somebody.signOut(here)).status).toBe(303)
  slow.send(body)
  const [status] = await slow.statuses()

  expect(await keysOf(stack, ref)).toEqual([])
  for (const via of [here, there])
    expect((await somebody.api('/api/session', { via, headers: { cookie } })).status).toBe(401)
  expect(slow.received.toLowerCase()).not.toContain('set-cookie')
  await somebody.signIn()
  if (status === 202) {
    // The user was signed in when the request began; the turn ends as signed out.
    const { eventsUrl } = JSON.parse(/\{.*\}/.exec(slow.received)?.[0] ?? '') as { eventsUrl: string }
    const stream = await somebody.stream(eventsUrl)
    expect((await stream.next('error')).data.code).toBe('signed_out')
    expect(stream.events.map(({ event }) => event)).toEqual(['error', 'done'])
  }
  expect(await emulator.calls()).toHaveLength(calls)
  const { stream } = await somebody.ask('List my repositories')
  await somebody.connect((await stream.next('authorization_required')).data.startUrl)
  expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
})

test('an authorization URL that AgentCore returns after the sign-out goes to no browser, and nothing is stored', async () => {
  const somebody = await signedIn(stack)
  const other = await signedIn(stack)
  const ref = await userSessionRefOf(somebody)
  const asked = await somebody.api('/api/connections/github/authorizations', { method: 'POST', via: there })
  const authorization = await emulator.hold('GetResourceOauth2Token', { user: somebody.subject })

  const inFlight = somebody.api(JSON.parse(asked.body).startUrl, { via: there })
  await authorization.held()
  expect((await somebody.signOut(here)).status).toBe(303)
  await authorization.release()
  const answer = await inFlight

  expect([answer.status, answer.headers.location]).toEqual([409, undefined])
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect(await keysOf(stack, ref)).toEqual([])
  expect((await other.api('/api/session')).status).toBe(200)
  await somebody.signIn()
  const created = await somebody.api('/api/connections/github/authorizations', { method: 'POST', via: there })
  expect(created.status).toBe(201)
})

test('a page in flight does not set the cookie again', async () => {
  const somebody = await signedIn(stack)
  const ref = await userSessionRefOf(somebody)
  const cookie = await somebody.browser.jar.getCookieString(stack.app)
  const { started: page } = await untilRedisSees(
    stack,
    (command) => command === `get ${userSessionKey(ref)}`,
    () => somebody.api('/connections', { via: there, headers: { accept: 'text/html' } }),
  )
  await somebody.signOut(here)
  expect((await page).headers['set-cookie']).toBeUndefined()
  expect(await keysOf(stack, ref)).toEqual([])
  expect((await somebody.api('/api/session', { via: there, headers: { cookie } })).status).toBe(401)
})
