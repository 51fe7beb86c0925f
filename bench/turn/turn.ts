import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Person } from '../../tests/support/person.ts'
import { createAgentcoreClient } from '../agentcore/agentcore-client.ts'
import type { Benchmark } from '../report/benchmark.ts'
import { median, percentile } from '../report/statistics.ts'
import { type BenchStack, withStack } from '../support/bench-stack.ts'
import { peopleOf, QUESTION } from '../support/people.ts'
import { usageOf } from '../support/process-usage.ts'
import { countingCommands, sum } from '../support/redis-commands.ts'
import { killAtExit } from '../support/server-process.ts'
import type { AgentAloneAnswer, AgentAloneRequest } from './agent-alone.ts'

const CONCURRENCY = 8

/** A turn with one tool call, from the request to the last event. */
export const turn: Benchmark = {
  name: 'turn',
  run: ({ quick, say }) =>
    withStack(async (stack) => {
      const people = peopleOf(stack)
      const asking: Person[] = []
      for (let n = 0; n < CONCURRENCY; n++) asking.push(await people.connected())
      const [workload] = stack.processes['agent-workload']
      if (!workload) throw new Error('The stack has no agent workload')
      const alone = fork(fileURLToPath(new URL('./agent-alone.ts', import.meta.url)))
      killAtExit(alone)
      const request = {
        url: stack.vendors.github ?? '',
        accessToken: await accessTokenOf(stack),
        concurrency: CONCURRENCY,
      }
      const floorTurns = async (turns: number) => {
        alone.send({ ...request, turns } satisfies AgentAloneRequest)
        const [{ cpuSeconds }] = (await once(alone, 'message')) as [AgentAloneAnswer]
        return turns / cpuSeconds
      }

      const count = quick ? 80 : 800
      const results = { ours: [] as number[], wall: [] as number[], floor: [] as number[], commands: [] as number[] }
      try {
        await ask(asking, count)
        await floorTurns(count)
        for (let run = 1; run <= 5; run++) {
          const commands = await countingCommands(stack.redisClient)
          const before = await usageOf(workload.pid)
          const startedAt = performance.now()
          await ask(asking, count)
          results.wall.push((count * 1_000) / (performance.now() - startedAt))
          results.ours.push(count / ((await usageOf(workload.pid)).cpuSeconds - before.cpuSeconds))
          results.commands.push(sum(await commands()) / count)
          results.floor.push(await floorTurns(count))
          say(
            `run ${run}: ours ${results.ours.at(-1)?.toFixed(0)}, floor ${results.floor.at(-1)?.toFixed(0)} a CPU second`,
          )
        }
      } finally {
        alone.kill('SIGKILL')
      }
      const first = await timesToFirstEvent(asking, quick ? 20 : 100)
      return {
        unit: 'turns per second on one core',
        ours: results.ours,
        floor: { name: 'the same agent alone: no HTTP of ours, no Redis, no AgentCore', values: results.floor },
        details: [
          { what: `by the clock on the wall, ${CONCURRENCY} at a time`, value: median(results.wall), unit: 'per s' },
          { what: 'time to the first words, p50', value: percentile(first, 50), unit: 'ms' },
          { what: 'time to the first words, p99', value: percentile(first, 99), unit: 'ms' },
          { what: 'Redis commands a turn, inside scripts too', value: median(results.commands), unit: '' },
        ],
      }
    }),
}

async function ask(people: readonly Person[], turns: number): Promise<void> {
  const left = Array.from({ length: turns }).values()
  const worker = async (person: Person) => {
    for (const _ of left) {
      const answer = await (await person.ask(QUESTION)).stream.answer()
      if (!answer.includes(person.username)) throw new Error(`A turn answered ${answer}`)
    }
  }
  await Promise.all(people.map(worker))
}

async function timesToFirstEvent([person]: readonly Person[], turns: number): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < turns && person; n++) {
    const startedAt = performance.now()
    const { stream } = await person.ask(QUESTION)
    await stream.next('text')
    times.push(performance.now() - startedAt)
    await stream.answer()
  }
  return times
}

async function accessTokenOf(stack: BenchStack): Promise<string> {
  const agentcore = createAgentcoreClient(stack)
  const { value: user } = stack.users.toReversed().values().next()
  if (!user) throw new Error('The stack has no users')
  const people = peopleOf({ ...stack, users: [user] })
  const token = await agentcore.mint(user.username)
  const { authorizationUrl = '' } = await agentcore.getToken(token)
  const returnUrl = await people.somebody().consentUpToReturn(authorizationUrl)
  await agentcore.complete(returnUrl.searchParams.get('session_id') ?? '', user.username)
  return (await agentcore.getToken(token)).accessToken ?? ''
}
