import { ConfigurationError } from '../configuration-error.ts'
import type { Changes } from '../control/changes.ts'
import { describeBug } from '../describe-error.ts'
import type { Log } from '../log.ts'
import { type StateFile, writeStateFile } from './state-file.ts'

/** All changes within this time cause one write. If the process is killed before it, they are lost. */
const WRITE_AFTER_MS = 50

/** @throws ConfigurationError when the first write fails: an emulator that cannot store its state must not start */
export async function keepState(deps: {
  file: string
  changes: Changes
  content(): StateFile
  log: Log
  /** Called after the last write, even if it failed. Not called if the first write fails. */
  unlock(): void
}) {
  const { file, changes, content, log, unlock } = deps
  let timer: NodeJS.Timeout | undefined
  let writing = writeStateFile(file, content())

  const write = () => {
    timer = undefined
    writing = writing
      .then(() => writeStateFile(file, content()))
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
        await writeStateFile(file, content())
      } finally {
        unlock()
      }
    },
  }
}
