import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPackage } from './build-package.ts'

/** `use` gets a temporary directory with the package's files. */
export async function withBuiltPackage<T>(use: (directory: string) => T): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'emulator-pack-'))
  try {
    const built = join(scratch, 'package')
    await buildPackage(built, scratch)
    return use(built)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/** @returns the tarball's path */
export function packPackage(into: string): Promise<string> {
  mkdirSync(into, { recursive: true })
  return withBuiltPackage((built) => {
    const [{ filename }] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--pack-destination', into], { cwd: built, encoding: 'utf8' }),
    ) as [{ filename: string }]
    return join(into, filename)
  })
}
