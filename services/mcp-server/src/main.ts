import { ConfigurationError, listen, redisReady, stopOnSignal } from '@agent-identity/service-runtime'
import { readConfig } from './config.ts'
import { createMcpServer } from './mcp-server.ts'

async function main(): Promise<void> {
  const config = readConfig()
  const mcp = await createMcpServer(config)
  const { log, redis } = mcp
  const server = await listen(mcp.app, {
    host: config.LISTEN_ADDRESS,
    port: config.PORT,
    drainSeconds: config.SHUTDOWN_DRAIN_SECONDS,
  })
  log.info({ url: server.url }, 'listening')

  stopOnSignal(log, async () => {
    mcp.drain()
    await server.stop()
    await mcp.stop()
  })
  await redisReady(redis)
  log.info('ready')
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
})
