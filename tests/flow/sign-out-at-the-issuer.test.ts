import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from '@jest/globals'
import { forThisTest } from '../support/for-this-test.ts'
import { HostileIssuer } from '../support/hostile-issuer.ts'
import { HttpBrowser } from '../support/http-browser.ts'
import { keysOf, userSessionRefOf } from '../support/redis.ts'
import { freePorts, ownDatabase, startService } from '../support/service-process.ts'
import { emulatorOf, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const own = forThisTest()
const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
const replicas = [replicaOf(stack, 'agent-workload', 0), replicaOf(stack, 'agent-workload', 1)] as const

test('a user who signs out at the issuer is signed out here: streams, waiting turns and tokens end on every replica', async () => {
  const who = await signedIn(stack)
  const other = await signedIn(stack)
  const ref = await userSessionRefOf(who)
  const { stream, eventsUrl } = await who.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const elsewhere = await Promise.all(replicas.map((via) => who.stream(eventsUrl, undefined, via)))
  const count = await emulator.counting()

  const asked = await who.browser.navigate(new URL('/session/end', stack.signIn))
  const done = await who.browser.submit(asked, { logout: 'yes' })
  expect(done.body).toContain('Signed out')

  for (const open of [stream, ...elsewhere]) await open.end()
  await until(async () => (await keysOf(stack, ref)).length === 0)
  for (const via of replicas)
    for (const path of ['/api/session', data.startUrl, eventsUrl])
      expect((await who.api(path, { via })).status).toBe(401)
  for (const operation of ['GetWorkloadAccessTokenForJWT', 'CompleteResourceTokenAuth'])
    expect(await count(operation)).toBe(0)
  expect((await other.api('/api/session')).status).toBe(200)

  await who.signIn()
  expect((await who.api('/api/session')).status).toBe(200)
})

test.each([
  ['before its requests have ended', '20', false],
  ['after a request has used all of its drain time', '1', true],
])(
  'a process that is told to stop ends only when the issuer has revoked the refresh token of a user who signed out: %s',
  async (_when, drainSeconds, isOpen) => {
    const issuer = await new HostileIssuer().start()
    const port = String((await freePorts(1))[0])
    const publicUrl = `http://localhost:${port}`
    const app = await startService(stack, 'agent-workload', {
      ...issuer.variables,
      PORT: port,
      PUBLIC_URL: publicUrl,
      REDIS_URL: ownDatabase(stack),
      SHUTDOWN_DRAIN_SECONDS: drainSeconds,
    })
    await own({ stop: () => Promise.all([issuer.stop(), app.stop()]) })
    const browser = new HttpBrowser()
    await browser.navigate(new URL('/auth/sign-in', publicUrl))
    const answered = Promise.withResolvers<void>()
    issuer.misbehaviour = { revocation: () => answered.promise }
    const signedOut = await browser.api(new URL('/auth/sign-out', publicUrl), { method: 'POST' })
    expect(signedOut.status).toBe(303)

    if (isOpen) {
      const request = connect(Number(port), '127.0.0.1').on('error', () => undefined)
      await own({ stop: () => void request.destroy() })
      // This request is never completed.
      request.write('GET /auth/signed-out HTTP/1.1\r\n')
      await once(request, 'connect')
    }

    const toldAt = Date.now()
    process.kill(app.pid, 'SIGTERM')
    const waiting = until(async () => app.log().includes('waiting until the issuer has revoked'))
    await Promise.race([waiting, app.ended()])
    // The open request keeps the process for its drain time.
    if (isOpen) expect(Date.now() - toldAt).toBeGreaterThanOrEqual(Number(drainSeconds) * 1_000)
    answered.resolve()
    expect(await app.ended()).toBe(0)
    expect(app.log()).toMatch(/"event":"refresh_token_revocation".*"outcome":"revoked"/)
  },
)
