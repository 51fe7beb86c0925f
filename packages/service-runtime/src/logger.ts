import { type DestinationStream, pino } from 'pino'
import { isoTime } from './iso-time.ts'
import { withoutSecrets } from './without-secrets.ts'

/**
 * Fields and words, and no more than that: what pino would put into the words of a message, and the bindings of a child, are
 * handed to no formatter, and so go past the second lock.
 */
export type Logger = Readonly<Record<'debug' | 'info' | 'warn' | 'error', LogLine>>

interface LogLine {
  (message: string): void
  (fields: Readonly<Record<string, unknown>>, message: string): void
}

let stdout: DestinationStream | undefined

/**
 * One JSON line a record on stdout. Nothing secret is passed to it in the first place; {@link withoutSecrets} is the second
 * lock, for the day somebody logs a whole request, record or SDK error.
 */
export function createLogger(options: { service: string; level: string }): Logger {
  stdout ??= stdoutOnceATurn()
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: () => `,"time":"${isoTime(Date.now())}"`,
      formatters: { level: (label) => ({ level: label }), log: withoutSecrets },
      serializers: { err: serializeError },
    },
    stdout,
  )
}

/**
 * What is said in one turn of the event loop is written as it ends, in one system call instead of one a line; and before the
 * process ends, unless it is killed. What must be said even then is the audit trail's.
 */
function stdoutOnceATurn(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: true })
  let said = ''
  const write = () => {
    const lines = said
    said = ''
    if (lines) output.write(lines)
  }
  process.once('exit', write)
  return {
    write(line) {
      if (!said) setImmediate(write)
      said += line
    },
  }
}

/** Name, message, stack and cause only: SDK errors carry the request and the response in further properties. */
function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { name: typeof error }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && depth < 3 ? { cause: serializeError(error.cause, depth + 1) } : {}),
  }
}
