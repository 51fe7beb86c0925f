import { USER_SESSION_COOKIE, userSessionKey } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { userSessionRefOf } from '../support/redis.ts'
import { emulatorOf, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
const { redis } = attacksOn(stack)
const [here, elsewhere] = [replicaOf(stack, 'agent-workload', 0), replicaOf(stack, 'agent-workload', 1)]

test('a user session that a writer of Redis puts back after its sign-out has no workload access token on any replica', async () => {
  const who = await signedIn(stack)
  const ref = await userSessionRefOf(who)
  const connect = (via: string, headers: Record<string, string> = {}) =>
    who.api('/api/connections/google-calendar/authorizations', { method: 'POST', via, headers })
  // The replica that does not handle the sign-out mints and caches a token.
  const count = await emulator.counting()
  const asked = await connect(elsewhere)
  expect(asked.status).toBe(201)
  expect(await count('GetWorkloadAccessTokenForJWT')).toBe(1)
  const { eventsUrl } = await who.ask('List my repositories')
  const stream = await who.stream(eventsUrl, undefined, elsewhere)
  await stream.next('authorization_required')

  const cookie = (await who.browser.jar.getCookies(stack.app))
    .filter(({ key }) => key === USER_SESSION_COOKIE)
    .map((pair) => pair.cookieString())
    .join('; ')
  const record = (await redis.get(userSessionKey(ref))) ?? ''
  expect((await who.signOut(here)).status).toBe(303)
  // A replica closes the streams of a user session after it has dropped its tokens.
  await stream.end()
  await redis.set(userSessionKey(ref), record, 'EX', 600)

  const after = await emulator.counting()
  const headers = { cookie }
  // The record opens, so the request is accepted; but the tokens of the user are gone.
  expect((await who.api('/api/session', { via: elsewhere, headers })).status).toBe(200)
  expect((await connect(elsewhere, headers)).status).toBe(401)
  for (const operation of ['GetResourceOauth2Token', 'GetWorkloadAccessTokenForJWT'])
    expect([operation, await after(operation)]).toEqual([operation, 0])
  await redis.del(userSessionKey(ref))
})
