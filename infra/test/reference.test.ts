import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { mayWrite } from './may-write.ts'
import { constructsReference } from './reference.ts'

test('docs/constructs.md documents the exports of infra/index.ts', () => {
  const file = join(import.meta.dirname, '../../docs/constructs.md')
  const reference = constructsReference()
  if (mayWrite(existsSync(file))) writeFileSync(file, reference)
  expect(reference).toBe(readFileSync(file, 'utf8'))
})
