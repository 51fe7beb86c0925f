import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { packPackage, withBuiltPackage } from './pack-package.ts'

/**
 * `npm run -s emulator:pack [-- DIRECTORY]`: the package as npm takes it, and its path as the one line on standard output. With a
 * directory, the package's files are laid there and nothing is packed: an image is made from them.
 */
const [laidOut] = process.argv.slice(2)
if (laidOut === undefined) process.stdout.write(`${await packPackage(join(import.meta.dirname, '../dist'))}\n`)
else await withBuiltPackage((built) => cpSync(built, laidOut, { recursive: true }))
