import { connectionsKey } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { linkIn, modernClient, rawCall } from '../support/mcp.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { withRedis } from '../support/redis.ts'
import { userSessionOf } from '../support/secrets.ts'
import { emulatorOf, type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { witnessAt } from '../support/vendors.ts'

let stack: Stack & { stop(): Promise<void> }
beforeAll(async () => {
  stack = await startStackOfItsOwn({}, { mcp: true })
})
afterAll(() => stack.stop())

const GOOGLE = 'google-calendar'
const QUESTION = 'What is on my calendar today?'

/** The connection's record is deleted; the token vault still has the token. */
async function connectedAndForgotten(): Promise<Person> {
  const who = await signedIn(stack)
  const { stream } = await who.ask(QUESTION)
  await who.connect((await stream.next('authorization_required')).data.startUrl)
  expect(await stream.answer()).toContain(`Meeting of ${who.username}`)
  const key = connectionsKey(userRef((await userSessionOf(stack, who)).user), GOOGLE)
  expect(await withRedis(stack, (redis) => redis.del(key))).toBe(1)
  return who
}

test('a question without the connection’s record asks for a consent, and neither AgentCore nor the vendor is called', async () => {
  const who = await connectedAndForgotten()
  const before = await witnessAt(stack, GOOGLE, who.username)
  expect(before.tokens).toBeGreaterThan(0)
  const count = await emulatorOf(stack).counting()
  const { stream } = await who.ask(QUESTION)
  const { data } = await stream.next('authorization_required')
  expect(await count('GetResourceOauth2Token')).toBe(0)
  expect(await witnessAt(stack, GOOGLE, who.username)).toEqual(before)
  await who.connect(data.startUrl)
  expect(await stream.answer()).toContain(`Meeting of ${who.username}`)
  // One call for the consent, one to read the account, one for the tool; and the first settling of a replica reads once under a label of no consent.
  expect([3, 4]).toContain(await count('GetResourceOauth2Token'))
  expect((await who.api(`/api/connections/${GOOGLE}`, { method: 'DELETE' })).status).toBe(200)
})

test('a call of an MCP client asks for a consent, too, and neither AgentCore nor the vendor is called', async () => {
  const who = await connectedAndForgotten()
  const before = await witnessAt(stack, GOOGLE, who.username)
  const { accessToken } = await modernClient(stack, who)
  const count = await emulatorOf(stack).counting()
  const asked = await rawCall(stack, accessToken(), {})
  const { resultType, requestState } = asked.json.result ?? {}
  expect(resultType).toBe('input_required')
  expect(await count('GetResourceOauth2Token')).toBe(0)
  expect(await witnessAt(stack, GOOGLE, who.username)).toEqual(before)
  expect(outcomeOf(await who.consent(linkIn(asked)))).toBe('bound')
  const done = await rawCall(stack, accessToken(), { requestState })
  expect(JSON.stringify(done.json.result)).toContain(who.username)
})

test('the page’s button asks for a consent, too', async () => {
  const who = await connectedAndForgotten()
  const before = await witnessAt(stack, GOOGLE, who.username)
  const asked = await who.api(`/api/connections/${GOOGLE}/authorizations`, { method: 'POST' })
  expect(asked.status).toBe(201)
  expect(await witnessAt(stack, GOOGLE, who.username)).toEqual(before)
})
