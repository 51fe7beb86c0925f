import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { examine } from '../commands/examine.ts'
import { DeploymentError } from '../read-deployment.ts'

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
  examine({ stage: 'sandbox', region: 'eu-west-1', providers: '', modelId: undefined }, program(0))
  const told = JSON.parse(readFileSync(join(directory, 'told'), 'utf8'))
  expect(told).toEqual(['-c', 'stage=sandbox', '-c', 'region=eu-west-1', '-c', 'providers='])
})

test('a deployment with a problem fails', () => {
  expect(() => examine({ stage: 'sandbox' }, program(1))).toThrow(DeploymentError)
})
