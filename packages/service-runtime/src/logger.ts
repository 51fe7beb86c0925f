import { type DestinationStream, pino } from 'pino'
import { withoutSecrets } from './without-secrets.ts'

/** Fields and a message only: pino's message interpolation and child bindings would bypass {@link withoutSecrets}. */
export type Logger = Readonly<Record<'debug' | 'info' | 'warn' | 'error', LogLine>>

interface LogLine {
  (message: string): void
  (fields: Readonly<Record<string, unknown>>, message: string): void
}

let stdout: DestinationStream | undefined

/** {@link withoutSecrets} is the second barrier, for a caller that logs a whole request or record. */
export function createLogger(options: { service: string; level: string }): Logger {
  // Synchronous: a process that ends loses no line.
  stdout ??= pino.destination({ fd: 1, sync: true })
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: withoutSecrets },
      serializers: { err: serializeError },
    },
    stdout,
  )
}

/** Other properties of SDK errors may contain the request and the response. */
function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { name: typeof error }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && depth < 3 ? { cause: serializeError(error.cause, depth + 1) } : {}),
  }
}
