import { ConfigurationError, listen, redisReady, stopOnSignal } from '@agent-identity/service-runtime'
import { readConfig } from './config.ts'
import { createSessionBinding } from './session-binding.ts'

async function main(): Promise<void> {
  const config = readConfig()
  const sessionBinding = createSessionBinding(config)
  const { log, redis } = sessionBinding
  const server = await listen(sessionBinding.app, {
    host: config.LISTEN_ADDRESS,
    port: config.PORT,
    drainSeconds: config.SHUTDOWN_DRAIN_SECONDS,
  })
  log.info({ url: server.url }, 'listening')

  stopOnSignal(log, async () => {
    sessionBinding.drain()
    await server.stop()
    sessionBinding.stop()
  })
  await redisReady(redis)
  log.info('ready')
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
})
