import { type ChildProcess, spawn } from 'node:child_process'
import { type ConversationId, conversationKey, type TurnId } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { forThisTest } from '../support/for-this-test.ts'
import { outcomeOf } from '../support/person.ts'
import { withRedis } from '../support/redis.ts'
import { startOf, turnsOf } from '../support/secrets.ts'
import { emulatorOf, isReady, type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'
import { failVendor } from '../support/vendors.ts'

const own = forThisTest()

/** With a short lease, the death of a replica is noticed soon. */
const start = (environment: Record<string, string> = {}, replicas = 2): Promise<Stack> =>
  own(startStackOfItsOwn({ TURN_LEASE_SECONDS: '1', ...environment }, { replicas }))

/** While an outgoing connection of another process uses the port, the start is retried. */
async function restartRedis(url: string): Promise<void> {
  const { port } = new URL(url)
  let server: ChildProcess | undefined
  const probe = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null, disconnectTimeout: 50 })
  await own({
    stop() {
      probe.disconnect()
      server?.kill()
    },
  })
  probe.on('error', () => {
    if (server && server.exitCode === null) return
    server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' })
  })
  await probe.ping()
  if (!server) throw new Error('Redis has not been away')
}

const kill = (stack: Stack, service: string, which: number, signal: NodeJS.Signals = 'SIGKILL') => {
  const pid = stack.processes[service]?.[which]?.pid
  if (pid === undefined) throw new Error(`No ${service} ${which}`)
  process.kill(pid, signal)
}

test('a replica that is killed while a turn waits: another one finishes it', async () => {
  const stack = await start()
  const people = await Promise.all([signedIn(stack), signedIn(stack), signedIn(stack)])
  const waits = await Promise.all(
    people.map(async (who) => {
      const { stream, eventsUrl } = await who.ask('List my repositories')
      return { who, stream, eventsUrl, required: await stream.next('authorization_required') }
    }),
  )
  kill(stack, 'agent-workload', 0)
  // The load balancer may answer 502 when it uses a connection that it kept to the killed replica.
  for (const { who } of waits) await until(async () => (await who.api('/api/session')).status === 200)
  for (const { who, eventsUrl, stream, required } of waits) {
    expect(outcomeOf(await who.consent(required.data.startUrl))).toBe('bound')
    // Like EventSource when its connection breaks.
    const resumed = () => who.stream(eventsUrl, stream.events.at(-1)?.id)
    const rest = await stream.next('done').then(() => stream, resumed)
    expect(await rest.answer()).toContain(`repo-of-${who.username}`)
  }
})

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a replica that gets %s in the middle of a run: another one takes over, and the user gets one answer',
  async (signal) => {
    const stack = await start()
    const who = await signedIn(stack)
    const first = await who.ask('List my repositories')
    await who.connect((await first.stream.next('authorization_required')).data.startUrl)
    await first.stream.answer()

    const turns = await Promise.all(
      Array.from({ length: 6 }, async () => {
        await failVendor(stack, 'github', { path: '/user/repos', delayMs: 1_500, times: 1 })
        return who.ask('List my repositories')
      }),
    )
    await Promise.all(turns.map(({ stream }) => stream.next('tool')))
    kill(stack, 'agent-workload', 1, signal)
    for (const { stream, eventsUrl } of turns) {
      await stream.next('done').catch(() => {})
      const whole = await who.stream(eventsUrl)
      const answer = await whole.answer()
      expect(answer.split(`repo-of-${who.username}`)).toHaveLength(2)
      expect(whole.events.filter(({ event }) => event === 'done')).toHaveLength(1)
      expect(whole.events.filter(({ event }) => event === 'error')).toEqual([])
    }
  },
)

test('session binding that is killed between consuming the record and its answer: no second call, and the user is connected, or can open the link again', async () => {
  const stack = await start({ AGENTCORE_TIMEOUT_MS: '10000' })
  const who = await signedIn(stack)
  const { stream } = await who.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const returnUrl = await who.consentUpToReturn(data.startUrl)
  const emulator = emulatorOf(stack)
  const count = await emulator.counting()
  const completion = await emulator.hold('CompleteResourceTokenAuth', { user: who.subject })

  const killed = who.return(returnUrl).catch(() => undefined)
  await until(async () => (await startOf(stack, data.authorizationId))?.status === 'binding')
  kill(stack, 'session-binding', 0)
  kill(stack, 'session-binding', 1)
  await killed
  await completion.release()
  await until(async () => (await startOf(stack, data.authorizationId))?.status === 'unconfirmed')
  // The agent workload finds the token by itself, if AgentCore has one.
  const completions = await count('CompleteResourceTokenAuth')
  if (completions > 0) expect(await stream.answer()).toContain(`repo-of-${who.username}`)
  else expect(await who.consentUpToReturn(data.startUrl)).not.toEqual(returnUrl)
  expect(await count('CompleteResourceTokenAuth')).toBe(completions > 0 ? 1 : 0)
})

test('Redis that restarts empty: users sign in again, and everything works as before', async () => {
  const stack = await start()
  const who = await signedIn(stack)
  const { stream } = await who.ask('List my repositories')
  await stream.next('authorization_required')
  kill(stack, 'redis', 0)
  await until(async () => (await who.api('/api/session')).status === 503)

  await restartRedis(stack.redis)
  // A replica that is not ready would answer the sign-in with 503.
  for (const service of ['agent-workload', 'session-binding'] as const)
    for (const n of [0, 1] as const) await until(() => isReady(stack, service, n))
  expect((await who.api('/api/session')).status).toBe(401)
  expect((await who.signIn()).status).toBe(200)
  const next = await who.ask('List my repositories')
  expect(outcomeOf(await who.consent((await next.stream.next('authorization_required')).data.startUrl))).toBe('bound')
  expect(await next.stream.answer()).toContain(`repo-of-${who.username}`)
})

test('AgentCore is unavailable for a while: the user is told, and it works again afterwards', async () => {
  const stack = await start({}, 1)
  const who = await signedIn(stack)
  const emulator = emulatorOf(stack)
  const { stream } = await who.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  await emulator.fault({ operation: 'GetWorkloadAccessTokenForJWT', status: 500, times: 3 })
  const away = await who.browser.navigate(new URL(data.startUrl, stack.app), { from: new URL(stack.app) })
  expect([away.status, away.body]).toEqual([503, expect.stringMatching(/try again/i)])
  expect(outcomeOf(await who.consent(data.startUrl))).toBe('bound')
  expect(await stream.answer()).toContain(`repo-of-${who.username}`)
})

test('a replica that dies between storing a turn and queueing it: the next question of that conversation starts it', async () => {
  const stack = await start({}, 1)
  const who = await signedIn(stack)
  const first = await who.ask('What can you do?')
  await first.stream.answer()
  // The state that such a replica leaves.
  const conversationId = first.conversationId as ConversationId
  await withRedis(stack, async (redis) => {
    const turns = turnsOf(stack, redis)
    const { owner, userSession } = (await turns.read(first.turnId as TurnId)) ?? {}
    if (!owner || !userSession) throw new Error('The first turn is gone')
    await turns.create({ owner, userSession, message: 'What can you do?', requestId: 'lost', conversationId })
  })
  const refused = await who.postTurn({ message: 'Hello?', conversationId: first.conversationId })
  expect(refused.status).toBe(409)
  const current = () => withRedis(stack, (redis) => redis.hget(conversationKey(conversationId), 'currentTurn'))
  await until(async () => (await current()) === '')
})
