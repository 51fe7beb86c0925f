import { fileURLToPath } from 'node:url'
import type { Benchmark, Detail } from '../report/benchmark.ts'
import { median } from '../report/statistics.ts'
import { type BenchStack, withStack } from '../support/bench-stack.ts'
import { type Program, startServer } from '../support/server-process.ts'

const SERVICES = ['agent-workload', 'session-binding'] as const
const COUNTS_LOADED = ['--import', fileURLToPath(new URL('./count-loaded.ts', import.meta.url))]

/** From the start of the process to its log line `ready`. The code is the source, unbundled. */
export const coldStart: Benchmark = {
  name: 'cold start',
  run: ({ quick, say, compileCache }) =>
    withStack(async (stack) => {
      const cache = compileCache ? { NODE_COMPILE_CACHE: compileCache } : {}
      const floor = {
        name: 'floor',
        program: { program: 'cold-start/bare-server.ts', args: [stack.redis], environment: cache },
      }
      const services = SERVICES.map((name) => ({ name, program: programOf(stack, name, cache) }))
      const uncached = SERVICES.map((name) => ({
        name: `${name} without a compile cache`,
        program: programOf(stack, name, {}),
      }))
      const subjects = [...services, ...uncached, floor].map((subject) => ({
        ...subject,
        readyMs: [] as number[],
        residentMiB: [] as number[],
      }))
      for (let run = 0; run <= (quick ? 5 : 10); run++) {
        for (const { name, program, readyMs, residentMiB } of subjects) {
          const server = await startServer(program)
          const { residentMiB: resident } = await server.usage()
          await server.stop()
          // The first start fills the caches, including the file system's.
          if (run === 0) continue
          readyMs.push(server.readyMs)
          residentMiB.push(resident)
          say(`run ${run}, ${name}: ${server.readyMs.toFixed(0)} ms, ${resident.toFixed(0)} MiB`)
        }
      }
      const loaded = await Promise.all(services.map(({ name, program }) => loadedBy(name, program)))
      const [workload] = subjects
      return {
        unit: 'ms, agent workload',
        ours: workload?.readyMs ?? [],
        floor: { name: 'Express and ioredis, started in the same way', values: subjects.at(-1)?.readyMs ?? [] },
        details: [
          ...subjects.flatMap(({ name, readyMs, residentMiB }) => [
            { what: `${name}, ready`, value: median(readyMs), unit: 'ms' },
            { what: `${name}, resident then`, value: median(residentMiB), unit: 'MiB' },
          ]),
          ...loaded.flat(),
        ],
      }
    }),
}

const programOf = (stack: BenchStack, name: (typeof SERVICES)[number], cache: Record<string, string>): Program => ({
  program: `../services/${name}/src/main.ts`,
  environment: { ...stack.environments[name], ...cache },
})

async function loadedBy(name: string, program: Program): Promise<Detail[]> {
  const server = await startServer({ ...program, nodeOptions: COUNTS_LOADED })
  const { loaded } = await server.ask<{ loaded: { files: number; bytes: number } }>('SIGUSR2')
  await server.stop()
  return [
    { what: `${name} loads`, value: loaded.files, unit: 'files' },
    { what: `${name} loads`, value: loaded.bytes / 2 ** 20, unit: 'MiB of source' },
  ]
}
