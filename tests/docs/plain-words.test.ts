import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'

const CHECK = join(import.meta.dirname, '../../scripts/plain-words.mjs')
// In parts, so that the check accepts this file.
const REJECTED = ['at', 'hand']
const root = mkdtempSync(join(tmpdir(), 'plain-words-'))
afterAll(() => rmSync(root, { recursive: true }))

function check(file: string, text: string) {
  const directory = mkdtempSync(join(root, 'repository-'))
  mkdirSync(dirname(join(directory, file)), { recursive: true })
  writeFileSync(join(directory, file), text)
  const { status, stderr } = spawnSync(process.execPath, [CHECK, directory], { encoding: 'utf8' })
  return { status, stderr }
}

test.each([
  ['a document', 'docs/a.md', ' '],
  ['a document, across a line break', 'docs/a.md', '\n'],
  ['a block comment, across a line break', 'src/a.ts', '\n * '],
  ['a line comment, across a line break', 'src/a.ts', '\n  // '],
])('rejects a phrase in %s, and says what to write instead', (_name, file, between) => {
  const { status, stderr } = check(file, `first\nthe value ${REJECTED.join(between)} is\n`)
  expect(status).toBe(1)
  expect(stderr).toBe(
    `${file}:2: “${REJECTED.join(' ')}”: say where it is: “in memory”, “in the request”, “that you have”\n`,
  )
})

test.each([
  ['a longer word', 'src/a.ts', `const b${REJECTED.join(' ')}le = 1`],
  ['a recording of AWS', 'tests/fidelity/live/a.json', JSON.stringify(REJECTED.join(' '))],
])('accepts %s that contains a phrase', (_name, file, text) => {
  expect(check(file, text)).toEqual({ status: 0, stderr: '' })
})
