import type { Benchmark } from '../report/benchmark.ts'
import { median, percentile } from '../report/statistics.ts'
import { withOwnDatabase, withStack } from '../support/bench-stack.ts'
import { closedLoop } from '../support/closed-loop.ts'
import { countingCommands, sum } from '../support/redis-commands.ts'
import { startServer } from '../support/server-process.ts'
import { prepareReturns } from './prepare-returns.ts'

const CONNECTIONS = 16

/** Steps 8 and 9 of docs/flow.md, with prepared records and an AgentCore that answers at once. */
export const sessionBinding: Benchmark = {
  name: 'session binding',
  run: ({ quick, profileDirectory, say }) =>
    withStack((stack) =>
      withOwnDatabase(stack, async (redis, redisUrl) => {
        const agentcore = await startServer({ program: 'support/agentcore-stub.ts' })
        const environment = {
          ...stack.environments['session-binding'],
          REDIS_URL: redisUrl,
          AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: agentcore.url,
        }
        const nodeOptions = profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : []
        const subjects = [
          {
            name: 'ours',
            server: await startServer({
              program: '../services/session-binding/src/main.ts',
              environment,
              nodeOptions,
            }),
          },
          ...(await Promise.all(
            ['node:http', 'undici'].map(async (transport) => ({
              name: transport === 'node:http' ? 'floor' : 'floor over undici',
              server: await startServer({
                program: 'session-binding/bare-handler.ts',
                args: [redisUrl, stack.awsRegion, transport],
                environment,
              }),
            })),
          )),
        ].map((subject) => ({
          ...subject,
          perCpuSecond: [] as number[],
          perSecond: [] as number[],
          latencies: [] as number[],
          commands: 0,
        }))

        const count = quick ? 500 : 4_000
        for (let run = 0; run <= 5; run++) {
          for (const { name, server, ...results } of subjects) {
            const returns = await prepareReturns(redis, environment, count)
            const commands = await countingCommands(redis)
            const before = await server.usage()
            const startedAt = performance.now()
            const latencies = await closedLoop(server.url, returns, CONNECTIONS)
            const seconds = (performance.now() - startedAt) / 1_000
            const after = await server.usage()
            const subject = subjects.find((candidate) => candidate.name === name)
            if (subject) subject.commands = sum(await commands()) / count
            // The first run warms up.
            if (run === 0) continue
            results.perCpuSecond.push(count / (after.cpuSeconds - before.cpuSeconds))
            results.perSecond.push(count / seconds)
            results.latencies.push(...latencies)
            say(`run ${run}, ${name}: ${Math.round(results.perCpuSecond.at(-1) ?? 0)} a CPU second`)
          }
        }
        await Promise.all([agentcore.stop(), ...subjects.map(({ server }) => server.stop())])

        const [ours, floor, floorOverUndici] = subjects
        return {
          unit: 'bindings per second on one core',
          ours: ours?.perCpuSecond ?? [],
          floor: {
            name: 'a bare node:http handler with the same Redis commands and the same AWS call',
            values: floor?.perCpuSecond ?? [],
          },
          details: [
            {
              what: floorOverUndici?.name ?? '',
              value: median(floorOverUndici?.perCpuSecond ?? []),
              unit: 'per s on one core',
            },
            ...subjects.flatMap(({ name, latencies, perSecond, commands }) => [
              { what: `${name}, ${CONNECTIONS} at a time, p50`, value: percentile(latencies, 50), unit: 'ms' },
              { what: `${name}, p99`, value: percentile(latencies, 99), unit: 'ms' },
              { what: `${name}, by the clock on the wall`, value: median(perSecond), unit: 'per s' },
              { what: `${name}, Redis commands a binding`, value: commands, unit: '' },
            ]),
          ],
        }
      }),
    ),
}
