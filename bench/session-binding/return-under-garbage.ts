import type { StartId } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { flood } from '../../tests/support/garbage.ts'
import type { Benchmark } from '../report/benchmark.ts'
import { median, percentile } from '../report/statistics.ts'
import { withOwnDatabase, withStack } from '../support/bench-stack.ts'
import { closedLoop } from '../support/closed-loop.ts'
import { startServer } from '../support/server-process.ts'
import { prepareUserSessions } from '../support/user-sessions.ts'
import { prepareReturns } from './prepare-returns.ts'

const GARBAGE_PER_SECOND = 200

/** Measures returns to two replicas with the default limits: alone, and among useless returns. */
export const returnUnderGarbage: Benchmark = {
  name: 'return under garbage',
  run: ({ quick, say }) =>
    withStack((stack) =>
      withOwnDatabase(stack, async (redis, redisUrl) => {
        const agentcore = await startServer({ program: 'support/agentcore-stub.ts' })
        const {
          RETURNS_PER_ADDRESS_PER_MINUTE: _a,
          RETURNS_PER_USER_SESSION_PER_MINUTE: _u,
          ...environment
        } = stack.environments['session-binding']
        const replicas = await Promise.all(
          [0, 1].map(() =>
            startServer({
              program: '../services/session-binding/src/main.ts',
              environment: {
                ...environment,
                REDIS_URL: redisUrl,
                AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: agentcore.url,
                TRUSTED_PROXIES: '1',
              },
            }),
          ),
        )
        const origins = replicas.map(({ url }) => url)
        const attackers = await prepareUserSessions(redis, environment, 5)
        const cookies = attackers.map(({ cookie }) => cookie)

        /** Sends one return at a time, as a single user does. */
        const returns = async (count: number): Promise<number[]> => {
          const prepared = await prepareReturns(redis, environment, count)
          const latencies: number[] = []
          for (const [n, one] of prepared.entries())
            latencies.push(...(await closedLoop(origins[n % 2] ?? '', [one], 1)))
          return latencies
        }

        const count = quick ? 100 : 500
        const alone: number[] = []
        const among: number[] = []
        const medians = { alone: [] as number[], among: [] as number[] }
        const rates: number[] = []
        for (let run = 0; run <= 5; run++) {
          const undisturbed = await returns(count)
          const named = [`${randomToken(16)}.${randomToken(16)}` as StartId]
          const startedAt = performance.now()
          const garbage = flood(origins, new URL(stack.app).host, { named, cookies }, GARBAGE_PER_SECOND)
          const disturbed = await returns(count)
          const rate = (garbage.sent * 1_000) / (performance.now() - startedAt)
          await garbage.stop()
          if (garbage.unanswered > 0) throw new Error(`${garbage.unanswered} requests got no answer`)
          // The first run warms up.
          if (run === 0) continue
          alone.push(...undisturbed)
          among.push(...disturbed)
          rates.push(rate)
          medians.alone.push(median(undisturbed))
          medians.among.push(median(disturbed))
          say(`run ${run}: ${median(undisturbed).toFixed(1)} ms alone, ${median(disturbed).toFixed(1)} among garbage`)
        }
        await Promise.all([agentcore, ...replicas].map((server) => server.stop()))

        return {
          unit: 'ms, p50 of a return among 200 useless ones a second',
          ours: medians.among,
          floor: { name: 'the same without garbage', values: medians.alone },
          details: [
            { what: 'with garbage, p99', value: percentile(among, 99), unit: 'ms' },
            { what: 'without garbage, p99', value: percentile(alone, 99), unit: 'ms' },
            { what: 'returns measured, each way', value: among.length, unit: '' },
            { what: 'garbage, the slowest run', value: Math.min(...rates), unit: 'per s' },
          ],
        }
      }),
    ),
}
