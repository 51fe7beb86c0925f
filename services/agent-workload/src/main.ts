import { ConfigurationError, listen, redisReady, stopOnSignal } from '@agent-identity/service-runtime'
import { createAgentWorkload } from './agent-workload.ts'
import { readConfig } from './config.ts'

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
    const drained = AbortSignal.timeout(config.SHUTDOWN_DRAIN_SECONDS * 1_000)
    workload.drain()
    await work.stop()
    workload.stopStreams()
    await server.stop()
    await workload.finishRevocations(drained)
    workload.stop()
  })
  await redisReady(redis)
  log.info('ready')
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
})
