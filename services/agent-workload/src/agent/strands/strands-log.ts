import type { Logger } from '@agent-identity/service-runtime'
import { configureLogging } from '@strands-agents/sdk'

/** Strands writes warnings to the console, for the whole process. Here they become JSON lines; attached errors are left out. */
export function logStrandsThrough(log: Logger): void {
  const line = (parts: readonly unknown[]) => parts.filter((part) => typeof part === 'string').join(' ')
  configureLogging({
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => log.warn({ strands: line(parts) }, 'the agent library warns'),
    error: (...parts) => log.error({ strands: line(parts) }, 'the agent library reports an error'),
  })
}
