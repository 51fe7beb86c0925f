import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { handOverStages } from './config.ts'

/** A small machine has two cores. More processes do not help: the first synthesis of a process takes far longer than later ones. */
const PROCESSES = 2

export default async function globalSetup(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-stages-'))
  const program = join(import.meta.dirname, 'synthesize-variants.ts')
  const run = (n: number) => promisify(execFile)(process.execPath, [program, directory, String(n), String(PROCESSES)])
  await Promise.all(Array.from({ length: PROCESSES }, (_, n) => run(n)))
  handOverStages(directory)
}
