import { ConfigurationError } from '../configuration-error.ts'
import type { Changes } from '../control/changes.ts'
import { describeBug } from '../describe-error.ts'
import type { Log } from '../log.ts'
import type { Lock } from './lock.ts'
import { type StateFile, writeStateFile } from './state-file.ts'

/** All changes within this time cause one write. */
const WRITE_AFTER_MS = 50

export function keepState(deps: {
  file: string
  changes: Changes
  content(): StateFile
  log: Log
  /** `stop` releases the lock. */
  lock: Lock
}) {
  const { file, changes, content, log, lock } = deps
  let timer: NodeJS.Timeout | undefined
  /** Throws when the lock is not held any more: another process may own the file now. */
  const requireOwned = () => {
    if (!lock.isHeld())
      throw new ConfigurationError([
        `--state: ${file} is not written any more: another emulator uses it, or its lock was deleted`,
      ])
  }
  const write = async () => {
    requireOwned()
    await writeStateFile(file, content(), requireOwned)
    // An emulator that took the lock meanwhile may have read the former content.
    requireOwned()
  }
  let writing = write()
  let next: Promise<void> | undefined

  /** Callers share the write that has not begun: it will have all of their changes. */
  function save(): Promise<void> {
    if (next !== undefined) return next
    next = writing.then(() => {
      next = undefined
      return write()
    })
    writing = next.catch((error) => log.error({ error: describeBug(error), message: 'the state could not be written' }))
    return next
  }

  const unsubscribe = changes.subscribe(() => {
    timer ??= setTimeout(() => {
      timer = undefined
      void save().catch(() => {})
    }, WRITE_AFTER_MS)
  })
  return {
    /** Rejects with ConfigurationError, because an emulator that cannot store its state must not start. */
    started: writing.catch((cause) => {
      unsubscribe()
      clearTimeout(timer)
      throw new ConfigurationError([`--state: ${file} cannot be written`], { cause })
    }),
    save,
    async stop() {
      unsubscribe()
      clearTimeout(timer)
      await writing
      try {
        await write()
      } finally {
        lock.release()
      }
    },
  }
}
