import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

let stdout: DestinationStream | undefined

/**
 * One JSON line a record on stdout. Nothing secret is passed to it in the first place; the paths below are the second
 * lock, for the day somebody logs a whole request, record or SDK error.
 */
export function createLogger(options: { service: string; level: string }): Logger {
  stdout ??= stdoutOnceATurn()
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
    },
    stdout,
  )
}

/**
 * What is said in one turn of the event loop is written as it ends, in one system call instead of one a line; and before the
 * process ends, unless it is killed. What must be said even then is the audit trail's.
 */
function stdoutOnceATurn(): DestinationStream {
  const lines = pino.destination({ fd: 1, sync: true, minLength: LINES_AT_ONCE_BYTES })
  let waiting = false
  process.once('exit', () => lines.flushSync())
  return {
    write(line) {
      lines.write(line)
      if (waiting) return
      waiting = true
      setImmediate(() => {
        waiting = false
        lines.flushSync()
      })
    },
  }
}

const LINES_AT_ONCE_BYTES = 8 * 1024

const SECRET_FIELDS = [
  'cookie',
  'authorization',
  'accessToken',
  'refreshToken',
  'idToken',
  'userToken',
  'workloadAccessToken',
  'authorizationUrl',
  'sessionUri',
  'state',
  'code',
  'password',
  'secret',
].map((field) => `["${field}"]`)

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
