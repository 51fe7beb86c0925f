import { expect, test } from '@jest/globals'
import { keysOf, userSessionRefOf } from '../support/redis.ts'
import { emulatorOf, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

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
  expect(await keysOf(stack, ref)).toEqual([])
  for (const via of replicas)
    for (const path of ['/api/session', data.startUrl, eventsUrl])
      expect((await who.api(path, { via })).status).toBe(401)
  for (const operation of ['GetWorkloadAccessTokenForJWT', 'CompleteResourceTokenAuth'])
    expect(await count(operation)).toBe(0)
  expect((await other.api('/api/session')).status).toBe(200)

  await who.signIn()
  expect((await who.api('/api/session')).status).toBe(200)
})
