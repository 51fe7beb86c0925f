import type { Logger } from '@agent-identity/service-runtime'
import { configureLogging } from '@strands-agents/sdk'

/** For the whole process. Leaves out errors and values (`name=<…> |`), which may be a user's. */
export function logStrandsThrough(log: Logger): void {
  const line = (parts: readonly unknown[]) =>
    parts.flatMap((part) => (typeof part === 'string' ? withoutValues(part) : [])).join(' ')
  configureLogging({
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => log.warn({ strands: line(parts) }, 'the agent library warns'),
    error: (...parts) => log.error({ strands: line(parts) }, 'the agent library reports an error'),
  })
}

/** A value at the beginning may contain `> | ` itself, so everything up to the last `> | ` is removed. */
export const withoutValues = (text: string): string =>
  text.replace(/^\w+=<.*> \| /s, '').replace(/(?: \| )?\b\w+=<.*$/s, '')
