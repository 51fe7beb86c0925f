import { ROUTES } from '@agent-identity/contracts'
import type { Benchmark, Detail } from '../report/benchmark.ts'
import { type BenchStack, withStack } from '../support/bench-stack.ts'
import { load } from '../support/load.ts'
import { answered, peopleOf, QUESTION } from '../support/people.ts'
import { usageOf } from '../support/process-usage.ts'
import { countingCommands, sum } from '../support/redis-commands.ts'
import { startServer } from '../support/server-process.ts'
import { prepareUserSessions } from '../support/user-sessions.ts'

const RUNS = 5
const PEOPLE = 4

/** A cost that does not grow with the user sessions has the ratio 1. */
export const scale: Benchmark = {
  name: 'scale',
  async run({ quick, say }) {
    const details: Detail[] = []
    const cost: Record<string, number[]> = {}
    await withStack(async (stack) => {
      for (const sessions of [100, 1_000, 10_000]) {
        const measured = await withSessions(stack, sessions, quick ? 1 : 3)
        cost[sessions] = measured.cpuMs
        details.push(...measured.details)
        say(`${sessions} sessions measured`)
      }
    })
    for (const replicas of [1, 2, 4]) {
      details.push(...(await withStack((stack) => withReplicas(stack, quick ? 20 : 200), { replicas })))
      say(`${replicas} replicas measured`)
    }
    return {
      unit: 'ms of CPU an authenticated request, 10,000 sessions',
      ours: cost[10_000] ?? [],
      floor: { name: 'the same with 100 sessions', values: cost[100] ?? [] },
      details,
    }
  },
}

/** The load generator's HTTP connections divide the sessions among themselves. */
async function withSessions(stack: BenchStack, sessions: number, seconds: number) {
  const { redisClient } = stack
  await redisClient.flushdb()
  const environment = stack.environments['agent-workload']
  const usedBefore = await usedBytes(stack)
  const cookies = (await prepareUserSessions(redisClient, environment, sessions)).map(({ cookie }) => cookie)
  const bytesEach = ((await usedBytes(stack)) - usedBefore) / sessions
  const server = await startServer({ program: '../services/agent-workload/src/main.ts', environment })
  await load(server, { path: ROUTES.session, cookies, seconds: 1 })
  const cpuMs: number[] = []
  let used = sessions
  for (let run = 0; run < RUNS; run++) {
    const { perCpuSecond, cookiesUsed } = await load(server, { path: ROUTES.session, cookies, seconds })
    cpuMs.push(1_000 / perCpuSecond)
    used = Math.min(used, cookiesUsed)
  }
  const { residentMiB } = await server.usage()
  await server.stop()
  const details = [
    {
      what: `${sessions} sessions, an authenticated request, the least of ${RUNS} runs`,
      value: Math.min(...cpuMs),
      unit: 'ms of CPU',
    },
    { what: `${sessions} sessions, the fewest used in a run`, value: used, unit: 'sessions' },
    { what: `${sessions} sessions, the process`, value: residentMiB, unit: 'MiB resident' },
    { what: `${sessions} sessions, Redis`, value: bytesEach, unit: 'bytes a session' },
  ]
  return { cpuMs, details }
}

/** The cost of turns on all replicas together. */
async function withReplicas(stack: BenchStack, turns: number): Promise<Detail[]> {
  const people = peopleOf(stack)
  const asking = await Promise.all(Array.from({ length: PEOPLE }, () => people.connected()))
  const replicas = stack.processes['agent-workload']
  const ask = async (count: number) => {
    const left = Array.from({ length: count }).values()
    const worker = async (person: (typeof asking)[number]) => {
      for (const _ of left) await answered((await person.ask(QUESTION)).stream)
    }
    await Promise.all(asking.map(worker))
  }
  const cpuSeconds = async () => {
    const usages = await Promise.all(replicas.map(({ pid }) => usageOf(pid)))
    return usages.reduce((total, usage) => total + usage.cpuSeconds, 0)
  }
  await ask(turns)
  const commands = await countingCommands(stack.redisClient)
  const before = await cpuSeconds()
  await ask(turns)
  const cpuMs = (1_000 * ((await cpuSeconds()) - before)) / turns
  const commandsEach = sum(await commands()) / turns
  const idleSeconds = 10
  const idle = await countingCommands(stack.redisClient)
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1_000))
  const of = `${replicas.length} replica${replicas.length > 1 ? 's' : ''}`
  return [
    { what: `${of}, a turn`, value: cpuMs, unit: 'ms of CPU' },
    { what: `${of}, a turn`, value: commandsEach, unit: 'Redis commands' },
    { what: `${of}, idle`, value: sum(await idle()) / idleSeconds, unit: 'Redis commands per s' },
  ]
}

async function usedBytes({ redisClient }: BenchStack): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redisClient.info('memory'))?.[1])
}
