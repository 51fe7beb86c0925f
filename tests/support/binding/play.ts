import { redisReady } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import fc from 'fast-check'
import { HttpBrowser } from '../http-browser.ts'
import { startTwoServices } from '../two-services.ts'
import { BROWSERS } from './commands.ts'
import type { Model } from './model.ts'
import { signIn } from './people.ts'
import type { Real } from './real.ts'
import { createRedisWriter } from './redis-writer.ts'
import { checkStatuses } from './writes.ts'

type Step = (model: Model, real: Real) => Promise<void>

/** Each interleaving begins with an empty Redis and three signed-in browsers. */
export async function startPlay() {
  const redis = await startTestRedis()
  const client = redis.connect()
  await redisReady(client)
  const clock = { now: Date.now() }
  const services = await startTwoServices(redis, () => clock.now)
  const seen = new Map<string, number>()

  async function play(
    commands: Iterable<fc.AsyncCommand<Model, Real>>,
    around: { before?: Step; after?: Step } = {},
  ): Promise<void> {
    await client.flushall()
    services.agentcore.reset()
    clock.now = Date.now()
    const model: Model = { browsers: Array.from({ length: BROWSERS }, () => ({})), authorizations: [], starts: [] }
    const browsers = Array.from({ length: BROWSERS }, () => new HttpBrowser())
    const real: Real = { browsers, services, redis: client, writer: createRedisWriter(client), clock, seen }
    // Alice at two browsers, Bob at one.
    for (const [n, user] of [0, 1, 0].entries()) await signIn(n, user).run(model, real)
    await around.before?.(model, real)
    await fc.asyncModelRun(() => ({ model, real }), commands)
    await checkStatuses(model, real)
    await around.after?.(model, real)
  }

  return {
    seen,
    play,
    async stop(): Promise<void> {
      await services.stop()
      await redis.stop()
    },
  }
}
