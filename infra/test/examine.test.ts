import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { examine } from '../commands/examine.ts'

const directory = mkdtempSync(join(tmpdir(), 'agent-identity-examine-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A program that records its arguments. */
function program(exitCode: number): string {
  const file = join(directory, `exits-with-${exitCode}.mjs`)
  const notes = `writeFileSync(${JSON.stringify(join(directory, 'told'))}, JSON.stringify(process.argv.slice(2)))`
  writeFileSync(file, `import { writeFileSync } from 'node:fs'\n${notes}\nprocess.exitCode = ${exitCode}\n`)
  return file
}

test('a deployment is examined with the context of its deployment', () => {
  const context = { stage: 'sandbox', region: 'eu-west-1', providers: '', modelId: undefined }
  expect(examine(context, program(0))).toBe('fine')
  const told = JSON.parse(readFileSync(join(directory, 'told'), 'utf8'))
  expect(told).toEqual(['--after-deployment', '-c', 'stage=sandbox', '-c', 'region=eu-west-1', '-c', 'providers='])
})

test.each([
  ['doctor finds something', program(1)],
  ['doctor fails itself', program(2)],
])('a deployment has findings: %s', (_what, doctor) => {
  expect(examine({ stage: 'sandbox' }, doctor)).toBe('findings')
})
