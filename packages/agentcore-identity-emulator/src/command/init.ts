import { writeFile } from 'node:fs/promises'
import { ConfigurationError } from '../configuration-error.ts'
import { CONFIGURATION_TEMPLATE } from './configuration-template.ts'

export async function writeConfiguration([file = 'emulator.jsonc', ...more]: readonly string[]) {
  if (more.length > 0 || file.startsWith('-'))
    throw new ConfigurationError(['init: takes the name of a file, or nothing'])
  try {
    await writeFile(file, CONFIGURATION_TEMPLATE, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new ConfigurationError([`init: ${file} exists already`])
  }
  process.stdout.write(`Wrote ${file}. Start with: agentcore-identity-emulator --config ${file}\n`)
}
