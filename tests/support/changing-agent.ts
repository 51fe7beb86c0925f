import {
  ConfirmationFacts,
  type ConfirmationId,
  confirmationField,
  PLACES,
  TURN_WORK_STREAM,
  type TurnId,
  turnConfirmationsKey,
} from '@agent-identity/contracts'
import { expect } from '@jest/globals'
import { Redis } from 'ioredis'
import { CountingVendor } from './counting-vendor.ts'
import type { EventStream } from './event-stream.ts'
import { HostileModel } from './hostile-model.ts'
import type { Person } from './person.ts'
import { untilSuspended } from './redis.ts'
import { sealerOf } from './secrets.ts'
import { ownDatabase, type ServiceProcess, startService } from './service-process.ts'
import { type Stack, somebodyNew } from './stack.ts'
import { until } from './until.ts'

export const LIMITS = { TOOL_CALLS_PER_MESSAGE: '20', EFFECTS_PER_TURN: '5', VENDOR_CALLS_AT_ONCE: '4' }
const SESSION_BINDING = '/oauth2/session-binding'

export interface Asked {
  who: Person
  name: string
  stream: EventStream
  turnId: TurnId
  id: ConfirmationId
  /** Titles of issues. */
  shown: string[]
}

/** In the vendor's own account: elsewhere each would be asked for. */
const issue = (title: string) => ({ name: 'open_issue', input: { repository: 'somebody/notes', title } })
export const issues = (name: string, count: number) => Array.from({ length: count }, (_, n) => issue(`${name} ${n}`))

function withApi(stack: Stack, provider: string, apiUrl: string): string {
  const providers = JSON.parse(stack.environments['agent-workload'].PROVIDERS ?? '') as Record<string, object>
  return JSON.stringify({ ...providers, [provider]: { ...providers[provider], apiUrl } })
}

/** The test directs the model. The vendor counts changes. */
export async function startChangingAgent(stack: Stack) {
  const [model, vendor] = await Promise.all([new HostileModel().start(), new CountingVendor().start()])
  const REDIS_URL = ownDatabase(stack)
  const redis = new Redis(REDIS_URL)
  const PROVIDERS = withApi(stack, 'github', vendor.url)
  const variables = { ...model.variables, ...LIMITS, PROVIDERS, REDIS_URL }
  const replicas: ServiceProcess[] = await Promise.all([
    startService(stack, 'agent-workload', variables),
    startService(stack, 'agent-workload', variables),
    startService(stack, 'session-binding', { REDIS_URL }),
  ])

  async function signIn(who: Person, replica: 0 | 1 = 0): Promise<Person> {
    const at = (url: URL) => replicas[url.pathname.startsWith(SESSION_BINDING) ? 2 : replica]?.url
    who.browser.connect = (url) => (url.origin === stack.app ? at(url) : undefined)
    expect((await who.signIn()).status).toBe(200)
    return who
  }

  async function connected(): Promise<Person> {
    const who = await signIn(await somebodyNew(stack))
    modelCalls(issues(`first of ${who.username}`, 1))
    const { stream } = await who.ask('Go on')
    const { data } = await stream.next('authorization_required')
    await who.connect(data.startUrl)
    await stream.answer()
    return who
  }
  const opened = (name: string) => vendor.titles.filter((title) => title.startsWith(`${name} `))

  /** The model requests these in one message; `then` replies to the results. */
  function modelCalls(calls: ReturnType<typeof issues>, then: typeof model.reply = () => ({ text: 'Done.' })) {
    model.reply = (last, request) => (last.role === 'user' ? { calls } : then(last, request))
  }

  /** Afterwards the turn has opened `EFFECTS_PER_TURN` issues, and asks before it opens more. */
  async function asked(count = 8, who?: Person): Promise<Asked> {
    const person = who ?? (await connected())
    const name = `${person.username}-${vendor.titles.length}`
    modelCalls(issues(name, count))
    const { stream, turnId, eventsUrl } = await person.ask('Go on')
    const { data } = await stream.next('confirmation_required')
    // The run is still under way when it asks.
    await untilSuspended(redis, eventsUrl)
    const shown = data.calls.map(({ details }) => details.find((one) => one.name === 'title')?.value ?? '')
    return { who: person, name, stream, turnId: turnId as TurnId, id: data.confirmationId, shown }
  }

  const answer = (who: Person, id: string, given: string, more = {}) =>
    who.api(`/api/confirmations/${id}`, { method: 'POST', json: { answer: given }, ...more })

  /** Fails unless exactly the confirmed changes are made. */
  async function confirms({ who, name, stream, id, shown }: Asked): Promise<void> {
    const before = opened(name)
    expect((await answer(who, id, 'confirmed')).status).toBe(204)
    expect(await stream.answer()).toContain('Done.')
    expect(opened(name).slice(before.length).sort()).toEqual([...shown].sort())
  }

  /** Resolves when the work has been processed. */
  async function resumed(turnId: TurnId): Promise<void> {
    const work = (await redis.xadd(TURN_WORK_STREAM, '*', 'turnId', turnId, 'kind', 'resume')) ?? ''
    await until(async () => (await redis.xrange(TURN_WORK_STREAM, work, work)).length === 0)
  }

  async function expire({ turnId, id }: Asked): Promise<void> {
    const sealer = sealerOf(stack, 'TURN_KEYS', 'confirmation facts')
    const [key, field] = [turnConfirmationsKey(turnId), confirmationField(id, 'facts')]
    const facts = ConfirmationFacts.parse(
      JSON.parse(sealer.open((await redis.hget(key, field)) ?? '', PLACES.confirmationFacts(id))),
    )
    const over = JSON.stringify({ ...facts, expiresAt: Date.now() - 1 })
    await redis.hset(key, field, sealer.seal(over, PLACES.confirmationFacts(id)))
  }

  return {
    expire,
    vendor,
    replicas,
    redis,
    signIn,
    connected,
    opened,
    modelCalls,
    asked,
    answer,
    confirms,
    resumed,
    async stop() {
      await Promise.all(replicas.map((replica) => replica.stop()))
      redis.disconnect()
      vendor.stop()
      model.stop()
    },
  }
}
