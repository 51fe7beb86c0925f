import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const document = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')

test('no document puts a secret on a command line, where the shell’s history would keep it', () => {
  const secretOptions = /--(?:secret-string|passwords?|temporary-password|client-secret)[ =](?!file:\/\/)/
  for (const name of ['deploy.md', 'operations.md'])
    expect(
      document(name)
        .split('\n')
        .filter((line) => secretOptions.test(line)),
    ).toEqual([])
})
