import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { packPackage, withBuiltPackage } from './pack-package.ts'

/** Without an argument, prints on standard output the tarball's path and nothing else. With a directory, writes the package's files there. */
const [laidOut] = process.argv.slice(2)
if (laidOut === undefined) process.stdout.write(`${await packPackage(join(import.meta.dirname, '../dist'))}\n`)
else await withBuiltPackage((built) => cpSync(built, laidOut, { recursive: true }))
