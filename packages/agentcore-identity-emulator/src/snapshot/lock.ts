import { createHash, randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { ConfigurationError } from '../configuration-error.ts'

const HELD = Symbol.for('agentcore-identity-emulator.locks')
const everyCopy: typeof globalThis & { [HELD]?: Set<string> } = globalThis
everyCopy[HELD] ??= new Set()
/**
 * The ids of this process's locks, shared by the copies of this module with one `globalThis`. A process id is not enough: in a container, an
 * earlier start may have had the same one.
 */
const held = everyCopy[HELD]

export type Lock = {
  /** False also when a process in another container has replaced the lock. */
  isHeld(): boolean
  release(): void
}

/**
 * A lock is replaced when no process of this machine seems to hold it.
 *
 * @throws ConfigurationError
 */
export function lockStateFile(file: string): Lock {
  try {
    return take(`${file}.lock`)
  } catch (cause) {
    if (cause instanceof InUse)
      throw new ConfigurationError([
        `--state: ${file} is in use by process ${cause.owner}: stop it, or name another file`,
      ])
    throw new ConfigurationError([`--state: ${file} cannot be written`], { cause })
  }
}

class InUse extends Error {
  readonly owner: number | 'of another emulator'

  constructor(owner: number | 'of another emulator') {
    super('The lock is held')
    this.owner = owner
  }
}

/**
 * A lock has its content from the start. To replace a dead lock, a process needs a second lock, named after the dead one's content, so that two
 * processes of this machine do not replace the dead lock at the same time.
 */
function take(lock: string): Lock {
  const id = randomUUID()
  const own = `${lock}.${id}`
  const content = JSON.stringify({ pid: process.pid, host: hostname(), id })
  try {
    writeFileSync(own, content, { flag: 'wx', mode: 0o600 })
    while (!link(own, lock) && !replaceDead(lock, own));
  } finally {
    rmSync(own, { force: true })
  }
  held.add(id)
  const isThere = () => contentOf(lock) === content
  return {
    isHeld: () => held.has(id) && isThere(),
    release() {
      held.delete(id)
      if (isThere()) rmSync(lock, { force: true })
    },
  }
}

/** @returns false when the lock was removed meanwhile */
function replaceDead(lock: string, own: string): boolean {
  const found = contentOf(lock)
  if (found === undefined) return false
  const owner = ownerOf(found)
  if (owner !== undefined) throw new InUse(owner)
  const replacing = take(`${lock}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`)
  try {
    const now = contentOf(lock)
    if (now === undefined) return false
    if (now !== found) throw new InUse(ownerOf(now) ?? 'of another emulator')
    renameSync(own, lock)
    return true
  } finally {
    replacing.release()
  }
}

function link(own: string, lock: string): boolean {
  try {
    linkSync(own, lock)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
  }
}

function contentOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

function ownerOf(content: string): number | undefined {
  const { pid, host, id } = parsed(content)
  if (typeof pid !== 'number' || host !== hostname()) return undefined
  if (pid === process.pid) return held.has(String(id)) ? pid : undefined
  return isRunning(pid) ? pid : undefined
}

function parsed(content: string): { pid?: unknown; host?: unknown; id?: unknown } {
  try {
    return Object(JSON.parse(content))
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
