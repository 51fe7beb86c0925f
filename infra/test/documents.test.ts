import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const DOCS = join(import.meta.dirname, '../../docs')
const DOCUMENTS = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))

test('no document puts a secret on a command line, where the shell’s history would keep it', () => {
  const secretOptions = /--(?:secret-string|passwords?|temporary-password|client-secret)[ =](?!file:\/\/)/
  expect(DOCUMENTS).toEqual(expect.arrayContaining(['deploy.md', 'operations.md']))
  for (const name of DOCUMENTS)
    expect(
      readFileSync(join(DOCS, name), 'utf8')
        .split('\n')
        .filter((line) => secretOptions.test(line)),
    ).toEqual([])
})
