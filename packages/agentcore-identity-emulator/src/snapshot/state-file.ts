import { randomUUID } from 'node:crypto'
import { readlinkSync, realpathSync } from 'node:fs'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, parse, resolve } from 'node:path'
import { z } from 'zod'
import { ConfigurationError } from '../configuration-error.ts'
import { Snapshot } from './snapshot-schema.ts'

const StateFile = z.strictObject({
  /** Only a generated access key, so that programs can continue to use it. */
  accessKey: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() }).optional(),
  snapshot: Snapshot,
})
export type StateFile = z.infer<typeof StateFile>

/**
 * @returns where a symbolic link leads, because a rename would replace the link. The path is absolute, because the process may change its directory.
 */
export function realPathOf(file: string): string {
  try {
    return realpathSync(file)
  } catch (error) {
    const target = (error as NodeJS.ErrnoException).code === 'ENOENT' ? linkAt(file) : undefined
    // A link may lead to a file that is not there yet.
    if (target !== undefined) return realPathOf(resolve(realPathOf(dirname(file)), target))
    // There is no file yet, or it cannot be reached.
    return resolve(file)
  }
}

function linkAt(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch {
    return undefined
  }
}

/**
 * @returns undefined without a file.
 * @throws ConfigurationError. The file is not changed: it may be the only copy.
 */
export async function readStateFile(file: string): Promise<StateFile | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new ConfigurationError([`--state: ${file} cannot be read`], { cause })
  })
  if (text === undefined) return undefined
  const parsed = StateFile.safeParse(parseJson(text, file))
  if (parsed.success) return parsed.data
  // Without values: they may be secrets.
  const where = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole').slice(0, 5)
  throw new ConfigurationError([
    `--state: ${file} is not a state of this version (${where.join(', ')}); it was not changed`,
  ])
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ConfigurationError([`--state: ${file} is not valid JSON; it was not changed`])
  }
}

const LEFTOVER = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/

/**
 * A killed process may leave a file with secrets. Call this function under the lock: no other emulator of this machine writes then.
 *
 * @throws ConfigurationError
 */
export async function deleteLeftovers(file: string): Promise<void> {
  const { dir, base } = parse(file)
  try {
    for (const name of await readdir(dir))
      if (name.startsWith(`${base}.`) && LEFTOVER.test(name.slice(base.length + 1)))
        await rm(join(dir, name), { force: true })
  } catch (cause) {
    throw new ConfigurationError([`--state: what a killed emulator left beside ${file} cannot be deleted`], { cause })
  }
}

/**
 * Replaces the file in one step. Only its owner may read it.
 *
 * @param requireOwned throws when another emulator may own the file by now: then the file stays as it is
 */
export async function writeStateFile(file: string, content: StateFile, requireOwned: () => void): Promise<void> {
  const beside = `${file}.${randomUUID()}.tmp`
  try {
    const handle = await open(beside, 'wx', 0o600)
    try {
      await handle.writeFile(JSON.stringify(content))
      await handle.sync()
    } finally {
      await handle.close()
    }
    requireOwned()
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}
