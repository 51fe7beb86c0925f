import { ConfigurationError } from '../configuration-error.ts'
import type { Changes } from '../control/changes.ts'
import { describeBug } from '../describe-error.ts'
import type { Log } from '../log.ts'
import type { Lock } from './lock.ts'
import { type StateFile, writeStateFile } from './state-file.ts'

/** All changes within this time cause one write. If the process is killed before it, they are lost. */
const WRITE_AFTER_MS = 50

/** @throws ConfigurationError when the first write fails: an emulator that cannot store its state must not start */
export async function keepState(deps: {
  file: string
  changes: Changes
  content(): StateFile
  log: Log
  /** Released after the last write, even if it failed. Not released if the first write fails. */
  lock: Lock
}) {
  const { file, changes, content, log, lock } = deps
  let timer: NodeJS.Timeout | undefined
  const writeNow = async () => {
    requireLock(lock, file)
    await writeStateFile(file, content())
    // An emulator that took the lock meanwhile may have read the former content.
    requireLock(lock, file)
  }
  let writing = writeNow()

  const write = () => {
    timer = undefined
    writing = writing
      .then(writeNow)
      .catch((error) => log.error({ error: describeBug(error), message: 'the state could not be written' }))
  }
  const unsubscribe = changes.subscribe(() => {
    timer ??= setTimeout(write, WRITE_AFTER_MS)
  })
  await writing.catch((cause) => {
    unsubscribe()
    clearTimeout(timer)
    throw new ConfigurationError([`--state: ${file} cannot be written`], { cause })
  })
  return {
    /** Resolves when everything is on disk. @throws when it cannot be written */
    async stop() {
      unsubscribe()
      clearTimeout(timer)
      await writing
      try {
        await writeNow()
      } finally {
        lock.release()
      }
    },
  }
}

/** An emulator that does not see this process may have replaced the lock. The file is its own then. */
function requireLock(lock: Lock, file: string) {
  if (!lock.isHeld()) throw new ConfigurationError([`--state: ${file} is in use by another emulator`])
}
