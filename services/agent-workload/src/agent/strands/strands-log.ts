import type { Logger } from '@agent-identity/service-runtime'
import { configureLogging } from '@strands-agents/sdk'

/** For the whole process. Errors that Strands attaches are left out. */
export function logStrandsThrough(log: Logger): void {
  const line = (parts: readonly unknown[]) => parts.filter((part) => typeof part === 'string').join(' ')
  configureLogging({
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => log.warn({ strands: line(parts) }, 'the agent library warns'),
    error: (...parts) => log.error({ strands: line(parts) }, 'the agent library reports an error'),
  })
}
