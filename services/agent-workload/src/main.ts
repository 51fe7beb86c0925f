import { ConfigurationError, listen, redisReady, stopOnSignal } from '@agent-identity/service-runtime'
import { createAgentWorkload } from './agent-workload.ts'
import { readConfig } from './config.ts'

/** Enough for a request of the issuer's metadata and a revocation. */
const REVOCATIONS_END_WITHIN_MS = 10_000

async function main(): Promise<void> {
  const config = readConfig()
  const workload = await createAgentWorkload(config)
  const { log, redis } = workload
  const work = workload.startWork()
  const server = await listen(workload.app, {
    host: config.LISTEN_ADDRESS,
    port: config.PORT,
    drainSeconds: config.SHUTDOWN_DRAIN_SECONDS,
  })
  log.info({ url: server.url }, 'listening')

  stopOnSignal(log, async () => {
    workload.drain()
    await work.stop()
    workload.stopStreams()
    await server.stop()
    // However long the runs and requests have taken, this wait has its own limit: usually no other replica has these refresh tokens.
    await workload.finishRevocations(AbortSignal.timeout(REVOCATIONS_END_WITHIN_MS))
    workload.stop()
  })
  await redisReady(redis)
  log.info('ready')
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
})
