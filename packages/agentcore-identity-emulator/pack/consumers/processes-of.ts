import { globSync, readFileSync } from 'node:fs'

/** Processes that run from there: an emulator that outlives its tests is found by its path. */
export function processesOf(directory: string) {
  return globSync('/proc/[0-9]*/cmdline').flatMap((file) => {
    try {
      const command = readFileSync(file, 'utf8').replaceAll('\0', ' ')
      return command.includes(directory) ? [command] : []
    } catch {
      return []
    }
  })
}
