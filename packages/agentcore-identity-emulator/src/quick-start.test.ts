import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const PACKAGE = join(import.meta.dirname, '..')

let directory: string
beforeAll(() => {
  // Inside of the package, where the program finds the AWS SDK.
  mkdirSync(join(PACKAGE, 'dist'), { recursive: true })
  directory = mkdtempSync(join(PACKAGE, 'dist/quick-start-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

test('the README’s quick start in TypeScript gets a token, as it is written there', async () => {
  const [, code = ''] =
    /\*\*TypeScript\*\*.*?```ts\n(.*?)```/s.exec(readFileSync(join(PACKAGE, 'README.md'), 'utf8')) ?? []
  const file = join(directory, 'quickstart.mts')
  writeFileSync(file, code)
  const command = [join(PACKAGE, 'src/main.ts'), 'exec', '--', process.execPath, file]
  const { stdout } = await promisify(execFile)(process.execPath, command)
  expect(stdout).toMatch(/^access-\S+ \{"user":"alice","clientId":"emulator","scopes":\["notes:read"\],/)
})
