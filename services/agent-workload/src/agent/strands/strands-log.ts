import type { Logger } from '@agent-identity/service-runtime'
import { configureLogging } from '@strands-agents/sdk'

/**
 * For the whole process. Errors that Strands attaches are left out, and so is what it puts before the last ` | ` of a line: values, which may be a
 * user's.
 */
export function logStrandsThrough(log: Logger): void {
  const line = (parts: readonly unknown[]) =>
    parts.flatMap((part) => (typeof part === 'string' ? part.slice(part.lastIndexOf(' | ') + 1) : [])).join(' ')
  configureLogging({
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => log.warn({ strands: line(parts) }, 'the agent library warns'),
    error: (...parts) => log.error({ strands: line(parts) }, 'the agent library reports an error'),
  })
}
