import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { type CountedServices, KINDS_OF_CALL, startCountedServices } from '../support/replaying/counted-services.ts'
import { ask, confirm, connect, isAskedToConfirm, type Persona, signIn } from '../support/replaying/persona.ts'
import { haveAllLookedAt, overwrite, SEALED_FIELDS } from '../support/replaying/redis-writer.ts'

/** A property over the contract's list of records: a value that does not open causes no call of AgentCore, a vendor or the issuer. */
let server: TestRedis
let redis: Redis
let services: CountedServices
beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  services = await startCountedServices(server)
})
afterAll(async () => {
  await services.stop()
  await server.stop()
})

/** Without a connection that opens, a turn asks for a consent, which starts over. */
const asksForConsent = (key: string) => key.startsWith('connections:')

const CHANGE = 'Open an issue titled Mine in alice/notes'

/** Has connected an account, made a confirmed change, and is asked about another one; a consent at another provider is open. */
async function settled(name: string): Promise<Persona> {
  const persona = await signIn(services, name)
  const first = await ask(services, persona, CHANGE)
  await connect(services, persona, first)
  await confirm(services, persona, await isAskedToConfirm(persona, first))
  await first.answer()
  await isAskedToConfirm(persona, await ask(services, persona, CHANGE))
  const other = await persona.browser.api(`${services.app}/api/connections/google-calendar/authorizations`, {
    method: 'POST',
  })
  persona.authorizations.push(JSON.parse(other.body).authorizationId)
  return persona
}

test('a value that does not open, in any sealed field of any record, causes no call outside of Redis', async () => {
  const untouched = await settled('untouched')
  const played = await Promise.all(
    SEALED_FIELDS.map(async ({ kind, field }, n) => ({ kind, field, persona: await settled(`user-${n}`) })),
  )
  let overwritten = 0
  for (const { persona, ...field } of played) if ((await overwrite(redis, persona, field)) > 0) overwritten++
  // Without records to overwrite, the property would prove little.
  expect(overwritten).toBeGreaterThan(12)

  const before = services.calls.length
  await haveAllLookedAt(redis, [untouched, ...played.map(({ persona }) => persona)], services.clock)
  const calls = services.calls.slice(before)
  const callsFor = (name: string) =>
    KINDS_OF_CALL.map((kind) => calls.filter((one) => one.user === name && one.kind === kind).length)
  // A turn that is asked about a change is resumed, and looks whether AgentCore still has its token.
  const [asked = 0, ...others] = callsFor(untouched.name)
  expect(others).toEqual([0, 0, 0])
  const caused = played.filter(({ kind, persona }) => {
    const [agentcore = 0, ...more] = callsFor(persona.name)
    return (agentcore > asked && !asksForConsent(kind.key)) || more.some((count) => count > 0)
  })
  expect(caused.map(({ kind, field, persona }) => [kind.key, field, callsFor(persona.name)])).toEqual([])
  expect(calls.filter(({ user }) => user === 'unknown')).toEqual([])
})
