import { setTimeout as delay } from 'node:timers/promises'
import { PROVIDERS } from '@agent-identity/providers'
import { startPeer } from '../agentcore/peer.ts'
import { peerEnvironment } from '../agentcore/peer-environment.ts'
import type { Benchmark, Detail } from '../report/benchmark.ts'
import { median } from '../report/statistics.ts'
import { type BenchStack, withOwnDatabase, withStack } from '../support/bench-stack.ts'
import { COLLECTS_GARBAGE, heldMiB } from '../support/held-memory.ts'
import { countingCommands, sum } from '../support/redis-commands.ts'
import { type ServerProcess, startServer } from '../support/server-process.ts'
import { prepareUserSessions } from '../support/user-sessions.ts'
import { askUntilWaiting } from './ask.ts'
import { openStreams } from './open-streams.ts'

/** Conversations of one user session, as a user with many tabs has: they wait for the same pending authorization. */
const PER_USER_SESSION = 20

export const waitingTurns: Benchmark = {
  name: 'waiting turns',
  run: ({ quick, say }) =>
    withStack(async (stack) => {
      const turns = quick ? 300 : 500
      const runs = { open: [] as number[], closed: [] as number[], floor: [] as number[], peer: [] as number[] }
      // The turns of the warm-up are idle, too.
      let idle: Detail[] = []
      for (let run = 1; run <= 5; run++) {
        const ours = await measureOurs(stack, { warmUp: turns, turns, idleSeconds: run === 5 ? (quick ? 10 : 30) : 0 })
        runs.open.push(ours.heldOpen / (turns / 1_000))
        runs.closed.push(ours.heldClosed / (turns / 1_000))
        runs.floor.push((await measureFloor(turns)) / (turns / 1_000))
        runs.peer.push((await measurePeer(stack, turns)) / (turns / 1_000))
        idle = [
          ...idleDetails(`${2 * turns} turns with ${turns} event streams`, ours.idleClosed),
          ...idleDetails(`${2 * turns} turns with as many event streams`, ours.idleOpen),
        ]
        say(`run ${run} of 5: ${Object.entries(runs).map(([name, values]) => `${name} ${values.at(-1)?.toFixed(1)}`)}`)
      }
      const large = quick ? turns : 10_000
      const whole = quick ? undefined : await measureOurs(stack, { warmUp: 0, turns: large, idleSeconds: 30 })
      return {
        unit: 'MiB per 1,000, event streams open',
        ours: runs.open,
        peer: { name: 'withAccessToken of bedrock-agentcore, one promise and one timer each', values: runs.peer },
        floor: { name: 'node:http with as many event streams open', values: runs.floor },
        details: [
          { what: 'ours without event streams', value: median(runs.closed), unit: 'MiB per 1,000' },
          ...idle,
          ...(whole
            ? [
                { what: '10,000 waiting turns, resident', value: whole.residentClosed, unit: 'MiB' },
                { what: '10,000 with their event streams, resident', value: whole.residentOpen, unit: 'MiB' },
                ...idleDetails(`${large} turns`, whole.idleClosed),
                ...idleDetails(`${large} turns with as many event streams`, whole.idleOpen),
              ]
            : []),
        ],
      }
    }),
}

const idleDetails = (of: string, idle: Awaited<ReturnType<typeof measureIdle>>) => [
  { what: `${of} idle, Redis commands of all processes of the stack`, value: idle.redisPerSecond, unit: 'per s' },
  { what: `${of} idle, AgentCore calls`, value: idle.agentcoreCalls, unit: 'in all' },
  { what: `${of} idle, CPU of the process`, value: idle.cpuPercent, unit: '%' },
]

/** Measures before and after an event stream is opened for each of `turns`. Meanwhile the warm-up's turns wait, with open event streams. */
function measureOurs(
  stack: BenchStack,
  { warmUp, turns, idleSeconds }: { warmUp: number; turns: number; idleSeconds: number },
) {
  return withOwnDatabase(stack, async (redis, redisUrl) => {
    // These user sessions have no tokens of an issuer.
    const mode = { IDENTITY_ARTIFACT_MODE: 'user-id', PENDING_AUTHORIZATION_TTL_SECONDS: '600' }
    // Without those that exchange a user's token: with `user-id` there is none.
    const offered = Object.entries(JSON.parse(stack.environments['agent-workload'].PROVIDERS ?? '{}')).filter(
      ([id]) => PROVIDERS.get(id)?.credential !== 'on-behalf-of',
    )
    const agentcore = await startServer({ program: 'support/agentcore-stub.ts' })
    const environment = {
      ...stack.environments['agent-workload'],
      ...mode,
      PROVIDERS: JSON.stringify(Object.fromEntries(offered)),
      REDIS_URL: redisUrl,
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: agentcore.url,
      AUTHORIZATION_URL_ORIGIN: 'http://127.0.0.1:1',
    }
    const program = '../services/agent-workload/src/main.ts'
    const server = await startServer({ program, environment, nodeOptions: COLLECTS_GARBAGE })
    const replica = { url: server.url, publicUrl: stack.app }
    const askAll = async (count: number) => {
      if (count === 0) return []
      const sessions = await prepareUserSessions(redis, environment, Math.ceil(count / PER_USER_SESSION))
      const cookies = Array.from({ length: count }, (_, n) => sessions[n % sessions.length]?.cookie ?? '')
      return askUntilWaiting(replica, redis, cookies)
    }
    // One-time growth (code, buffers) must not be counted.
    const closeFirst = await openStreams(server.url, await askAll(warmUp))
    const before = await heldMiB(server.pid)
    const waiting = await askAll(turns)
    const { residentMiB: residentClosed } = await server.usage()
    const heldClosed = (await heldMiB(server.pid)) - before
    const idleClosed = await measureIdle(stack, server, agentcore, idleSeconds)
    const close = await openStreams(server.url, waiting)
    // Each stream sends its earlier events first, and is idle then.
    await delay(2_000)
    const { residentMiB: residentOpen } = await server.usage()
    const heldOpen = (await heldMiB(server.pid)) - before
    const idleOpen = await measureIdle(stack, server, agentcore, idleSeconds)
    closeFirst()
    close()
    await Promise.all([server.stop(), agentcore.stop()])
    return { heldClosed, heldOpen, residentClosed, residentOpen, idleClosed, idleOpen }
  })
}

async function measureIdle(stack: BenchStack, server: ServerProcess, agentcore: ServerProcess, seconds: number) {
  if (seconds === 0) return { redisPerSecond: 0, agentcoreCalls: 0, cpuPercent: 0 }
  const commands = await countingCommands(stack.redisClient)
  const calls = async () => Number(await (await fetch(`${agentcore.url}/calls`)).text())
  const callsBefore = await calls()
  if (callsBefore === 0) throw new Error('The stub has not been asked, so it counts nothing')
  const before = await server.usage()
  await delay(seconds * 1_000)
  const after = await server.usage()
  return {
    redisPerSecond: sum(await commands()) / seconds,
    agentcoreCalls: (await calls()) - callsBefore,
    cpuPercent: (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds,
  }
}

async function measureFloor(streams: number): Promise<number> {
  const server = await startServer({ program: 'waiting-turns/stream-server.ts', nodeOptions: COLLECTS_GARBAGE })
  const all = Array.from({ length: streams }, () => ({ path: '/', cookie: '' }))
  const closeFirst = await openStreams(server.url, all)
  const before = await heldMiB(server.pid)
  const close = await openStreams(server.url, all)
  const held = (await heldMiB(server.pid)) - before
  closeFirst()
  close()
  await server.stop()
  return held
}

/** The peer has no event streams. */
async function measurePeer(stack: BenchStack, waiting: number): Promise<number> {
  const agentcore = await startServer({ program: 'support/agentcore-stub.ts' })
  const environment = { ...peerEnvironment(stack), AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: agentcore.url }
  const peer = startPeer(environment, COLLECTS_GARBAGE)
  const wait = (id: string) => {
    const request = { id, workloadIdentityToken: 'a workload access token', callbackUrl: stack.app }
    return peer.accessToken(request).authorizationUrl
  }
  for (let n = 0; n < waiting; n++) await wait(`first-${n}`)
  const before = await heldMiB(peer.pid)
  for (let n = 0; n < waiting; n++) await wait(String(n))
  const held = (await heldMiB(peer.pid)) - before
  peer.stop()
  await agentcore.stop()
  return held
}
