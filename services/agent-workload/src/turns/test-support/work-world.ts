import { AGENT_WORKLOAD_CONSUMER_GROUP, TURN_WORK_STREAM, type TurnId } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { startWorker, type WorkHandler } from '../work-queue.ts'

const log = createLogger({ service: 'test', level: 'silent' })
export const turn = (n: number) => `${'c'.repeat(22)}.${String(n).padStart(11, '0')}` as TurnId

export type WorkWorld = Awaited<ReturnType<typeof startWorkWorld>>

export async function startWorkWorld() {
  const server = await startTestRedis()
  const redis = await server.ready()
  const workers: ReturnType<typeof startWorker>[] = []
  return {
    server,
    redis,
    workers,
    work(consumer: string, handle: WorkHandler, more: Partial<Parameters<typeof startWorker>[0]> = {}): void {
      workers.push(
        startWorker({
          redis,
          blocking: server.connect(),
          stream: TURN_WORK_STREAM,
          consumer,
          slots: 8,
          share: 8,
          ownerOf: async () => 'alice',
          takeOverAfterMs: 30_000,
          handle,
          log,
          ...more,
        }),
      )
    },
    unacknowledged: async () =>
      ((await redis.xpending(TURN_WORK_STREAM, AGENT_WORKLOAD_CONSUMER_GROUP)) as [number])[0],
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop(0, () => {})))
      await server.stop()
    },
  }
}

/** `all` resolves when `count` items have been handled. */
export function collector(count: number) {
  const handled: string[] = []
  let complete = () => {}
  const all = new Promise<void>((resolve) => {
    complete = resolve
  })
  const handle: WorkHandler = async (fields) => {
    handled.push(fields.turnId ?? '')
    if (handled.length === count) complete()
    return undefined
  }
  return { handled, all, handle }
}
