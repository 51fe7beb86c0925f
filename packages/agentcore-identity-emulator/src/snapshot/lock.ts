import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { ConfigurationError } from '../configuration-error.ts'

/** Held by this process. Its number alone does not tell: in a container each start has the same. */
const held = new Set<string>()

/**
 * Two emulators on one state would each undo what the other kept. One that was killed leaves its lock behind, with the number of a
 * process that is gone.
 *
 * @returns what gives the file free.
 * @throws ConfigurationError while another emulator of this machine runs on it
 */
export function lockStateFile(file: string): () => void {
  const lock = `${file}.lock`
  if (!create(lock, file)) {
    const owner = ownerOf(lock)
    if (owner !== undefined || !create(lock, file, { replacing: true })) {
      const whose = owner ?? ownerOf(lock) ?? 'of another emulator'
      throw new ConfigurationError([`--state: ${file} is in use by process ${whose}: stop it, or name another file`])
    }
  }
  held.add(lock)
  return () => {
    held.delete(lock)
    rmSync(lock, { force: true })
  }
}

/** @returns false when there is one already */
function create(lock: string, file: string, { replacing = false } = {}) {
  try {
    if (replacing) rmSync(lock, { force: true })
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx', mode: 0o600 })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new ConfigurationError([`--state: ${file} cannot be written`], { cause })
  }
}

function ownerOf(lock: string): number | undefined {
  const { pid, host } = read(lock)
  if (typeof pid !== 'number' || host !== hostname()) return undefined
  if (pid === process.pid) return held.has(lock) ? pid : undefined
  return isRunning(pid) ? pid : undefined
}

function read(lock: string): { pid?: unknown; host?: unknown } {
  try {
    return Object(JSON.parse(readFileSync(lock, 'utf8')))
  } catch {
    return {}
  }
}

function isRunning(pid: number) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
