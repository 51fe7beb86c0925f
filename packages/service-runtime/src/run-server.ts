import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ANSWER_DRAIN_SECONDS } from '@agent-identity/contracts'
import type { Logger } from './logger.ts'
import { destroyUndrained } from './undrained-answers.ts'

export interface RunningServer {
  /** On loopback, with the actual port. */
  url: string
  /** Resolves when all connections are closed: they are cut after the drain time. */
  stop(): Promise<void>
}

/** Milliseconds. By default Node checks its timeouts every 30 s. Keep-alive outlives the idle timeout of an ALB, by default 60 s. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  drainTimeout: ANSWER_DRAIN_SECONDS * 1_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 65_000,
}

const CLOSE_IDLE_EVERY_MS = 100

export async function listen(
  handler: RequestListener,
  settings: { host?: string; port: number; drainSeconds: number; timeouts?: typeof TIMEOUTS },
): Promise<RunningServer> {
  const { drainTimeout, ...timeouts } = settings.timeouts ?? TIMEOUTS
  const server = createServer({ ...timeouts, maxHeaderSize: 16 * 1024 }, handler)
  destroyUndrained(server, { drainMs: drainTimeout, everyMs: timeouts.connectionsCheckingInterval })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, settings.host ?? '127.0.0.1', () => resolve())
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, stop: () => drain(server, settings.drainSeconds) }
}

/** Node closes the connections that are idle now; others would be kept alive after the answer. */
async function drain(server: Server, seconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'))
  const closing = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
  const deadline = setTimeout(() => server.closeAllConnections(), seconds * 1_000)
  await closed
  clearInterval(closing)
  clearTimeout(deadline)
}

/** Calls `stop` once, on SIGTERM (ECS) or SIGINT (a terminal). */
export function stopOnSignal(log: Logger, stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    stop().then(
      () => process.exit(0),
      (err) => {
        log.error({ err }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}
