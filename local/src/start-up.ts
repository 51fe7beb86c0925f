import type { LocalStackOptions } from './local-stack.ts'
import { LocalStackError } from './local-stack-error.ts'

export interface StartUp {
  /** Aborted when a part fails, a child ends during the start, the time is up, or the caller's signal is aborted. */
  signal: AbortSignal
  /** Rejects when a part has failed, after the time limit, and when `signal` is aborted. */
  until(parts: readonly unknown[]): Promise<void>
  /** During the start, makes it fail. Later, reports the error, unless `signal` is aborted. */
  childEnded(error: LocalStackError): void
}

export function createStartUp(
  options: Pick<LocalStackOptions, 'signal' | 'onProgress' | 'startWithinSeconds'>,
): StartUp {
  const { signal, onProgress, startWithinSeconds = 60 } = options
  const failure = new AbortController()
  const given = signal ? [signal] : []
  const either = AbortSignal.any([failure.signal, ...given])
  let starting = true

  return {
    signal: either,
    async until(parts) {
      const tooLong = setTimeout(
        () =>
          failure.abort(
            new LocalStackError(`Not everything came up within ${startWithinSeconds} s; --logs shows more.`),
          ),
        startWithinSeconds * 1_000,
      )
      const failed = new Promise<never>((_resolve, reject) => {
        either.throwIfAborted()
        either.addEventListener('abort', () => reject(either.reason))
      })
      const all = Promise.all(parts).catch((error) => {
        failure.abort(error)
        throw error
      })
      await Promise.race([all, failed]).finally(() => {
        starting = false
        clearTimeout(tooLong)
      })
    },
    childEnded(error) {
      if (starting) failure.abort(error)
      // Ctrl-C also reaches the children: after an abort, their end is expected.
      else if (!either.aborted) onProgress?.(error.message)
    },
  }
}
