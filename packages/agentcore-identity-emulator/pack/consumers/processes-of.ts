import { globSync, readFileSync } from 'node:fs'

/** Command lines that name this directory. */
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
