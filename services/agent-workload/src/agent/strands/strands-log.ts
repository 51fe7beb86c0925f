import type { Logger } from '@agent-identity/service-runtime'
import { configureLogging } from '@strands-agents/sdk'

/** For the whole process. Errors that Strands attaches are left out, and so are values (`name=<…> |`), which may be a user's. */
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

/** A value at the beginning may itself contain `> | `, which ends it: everything up to the last `> | ` is left out. */
export const withoutValues = (text: string): string =>
  text.replace(/^\w+=<.*> \| /s, '').replace(/(?: \| )?\b\w+=<.*$/s, '')
