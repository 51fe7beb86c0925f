import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VENDORS } from '@agent-identity/provider-kit'
import { filesOf, indexLineOf } from './files.ts'
import type { NewProvider } from './new-provider.ts'
import { readArguments, USAGE, UsageError } from './read-arguments.ts'

const PROVIDERS_FOLDER = join(import.meta.dirname, '..')
function write(provider: NewProvider): void {
  const folder = join(PROVIDERS_FOLDER, provider.id)
  mkdirSync(folder)
  for (const [name, text] of Object.entries(filesOf(provider))) writeFileSync(join(folder, name), text)

  const index = join(PROVIDERS_FOLDER, 'index.ts')
  const [comment = '', ...lines] = readFileSync(index, 'utf8').trimEnd().split('\n')
  const byPath = (line: string) => line.slice(line.indexOf(' from '))
  const sorted = [...lines, indexLineOf(provider)].sort((one, other) => (byPath(one) < byPath(other) ? -1 : 1))
  writeFileSync(index, `${[comment, ...sorted].join('\n')}\n`)
  // The templates cannot know where the formatter breaks lines: that depends on the length of the names.
  spawnSync(join(PROVIDERS_FOLDER, '../node_modules/.bin/biome'), ['check', '--write', folder], { stdio: 'ignore' })
}

const args = process.argv.slice(2)
try {
  if (args.includes('--help')) process.stdout.write(`Usage: ${USAGE}\nVendors: ${VENDORS.join(', ')}\n`)
  else {
    const provider = readArguments(args, (id) => existsSync(join(PROVIDERS_FOLDER, id)))
    write(provider)
    process.stdout.write(
      `providers/${provider.id} was written, with its line in providers/index.ts. It works already, against its own stand-in:\n` +
        'npm run check, npm run demo. What to change next: docs/your-provider.md.\n',
    )
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
