import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPackage } from './build-package.ts'

/**
 * `npm run -s emulator:pack [-- DIRECTORY]`: the package as npm takes it, and its path as the one line on standard output. With a
 * directory, the package's files are laid there and nothing is packed: an image is made from them.
 */
const [laidOut] = process.argv.slice(2)
const scratch = mkdtempSync(join(tmpdir(), 'emulator-pack-'))
try {
  const built = join(scratch, 'package')
  await buildPackage(built, scratch)
  if (laidOut === undefined) process.stdout.write(`${pack(built)}\n`)
  else cpSync(built, laidOut, { recursive: true })
} finally {
  rmSync(scratch, { recursive: true })
}

function pack(built: string) {
  const directory = join(import.meta.dirname, '../dist')
  mkdirSync(directory, { recursive: true })
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', directory], { cwd: built, encoding: 'utf8' }),
  ) as [{ filename: string }]
  return join(directory, filename)
}
