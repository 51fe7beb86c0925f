import { userSessionKey } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { ANOTHER_FLOW, flowOf } from '../support/provider-flows.ts'
import { userSessionRefOf } from '../support/redis.ts'
import { emulatorOf, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
const { redis } = attacksOn(stack)
const exchanged = flowOf('time-off')
const [here, elsewhere] = [replicaOf(stack, 'agent-workload', 0), replicaOf(stack, 'agent-workload', 1)]

test('a user session that a writer of Redis puts back after its sign-out has neither workload access tokens nor exchanged tokens on any replica', async () => {
  const who = await signedIn(stack)
  const ref = await userSessionRefOf(who)
  const connect = (via: string) =>
    who.api(`/api/connections/${ANOTHER_FLOW.provider}/authorizations`, { method: 'POST', via })
  const count = await emulator.counting()
  // The replica that does not handle the sign-out mints and caches a token.
  const asked = await connect(elsewhere)
  expect(asked.status).toBe(201)
  const { startUrl } = JSON.parse(asked.body) as { startUrl: string }
  expect((await who.api(startUrl, { via: elsewhere })).status).toBe(303)
  expect(await count('GetWorkloadAccessTokenForJWT')).toBe(1)
  const { eventsUrl } = await who.ask('List my repositories')
  const stream = await who.stream(eventsUrl, undefined, elsewhere)
  await stream.next('authorization_required')

  // Turns run on either replica: asks until both have exchanged the user's token.
  await until(async () => {
    const answer = await (await who.ask(exchanged.question)).stream.answer()
    expect(answer).toContain(`${who.username} has`)
    return (await count('GetResourceOauth2Token')) >= 3
  })

  const cookies = await who.browser.jar.getCookies(stack.app)
  const record = (await redis.get(userSessionKey(ref))) ?? ''
  expect((await who.signOut(here)).status).toBe(303)
  // On the message about the sign-out, a replica drops the tokens and then closes the streams.
  await stream.end()
  await redis.set(userSessionKey(ref), record, 'EX', 600)

  for (const cookie of cookies) await who.browser.jar.setCookie(cookie, stack.app)

  const after = await emulator.counting()
  // The record can be opened, so the request is accepted; but the tokens of the user are gone.
  expect((await who.api('/api/session', { via: elsewhere })).status).toBe(200)
  const again = await connect(elsewhere)
  const { startUrl: another } = JSON.parse(again.body) as { startUrl: string }
  expect((await who.api(another, { via: elsewhere })).status).toBe(409)
  for (let n = 0; n < 4; n++) {
    const { stream: refused } = await who.ask(exchanged.question)
    expect((await refused.next('error')).data.code).toBe('signed_out')
    expect(refused.events.map(({ data }) => JSON.stringify(data)).join()).not.toContain(`${who.username} has`)
  }
  for (const operation of ['GetResourceOauth2Token', 'GetWorkloadAccessTokenForJWT'])
    expect([operation, await after(operation)]).toEqual([operation, 0])
  await redis.del(userSessionKey(ref))
})
