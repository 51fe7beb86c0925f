import type { LocalStackOptions } from './local-stack.ts'
import { LocalStackError } from './local-stack-error.ts'

export interface StartUp {
  /** Aborted when the start has failed, and when the caller's signal is aborted, also after the start. */
  signal: AbortSignal
  /** Resolves when all of these have; rejects as soon as one has failed, after the time limit, or when `signal` is aborted. */
  until(parts: readonly unknown[]): Promise<void>
  /** Makes the start fail; after the start, reports the error unless `signal` is aborted. */
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
      // A signal to the process group reaches the children by itself.
      else if (!either.aborted) onProgress?.(error.message)
    },
  }
}
