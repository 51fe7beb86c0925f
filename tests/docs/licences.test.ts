import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'

const CHECK = join(import.meta.dirname, '../../scripts/licences.mjs')
const root = mkdtempSync(join(tmpdir(), 'licences-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Runs the check over a workspace with one locked package. */
function check(name: string, license: unknown, { installed = true } = {}) {
  const directory = mkdtempSync(join(root, 'workspace-'))
  writeFileSync(
    join(directory, 'pnpm-lock.yaml'),
    `packages:\n\n  '${name}@1.0.0':\n    resolution: {integrity: x}\n\nsnapshots:\n\n  left@1.0.0: {}\n`,
  )
  const at = join(directory, 'node_modules/.pnpm', `${name.replace('/', '+')}@1.0.0_peer`, 'node_modules', name)
  mkdirSync(installed ? at : join(directory, 'node_modules/.pnpm'), { recursive: true })
  if (installed) writeFileSync(join(at, 'package.json'), JSON.stringify({ name, version: '1.0.0', license }))
  const { status, stderr } = spawnSync(process.execPath, [CHECK, directory], { encoding: 'utf8' })
  return { status, stderr }
}

test.each([
  ['a', 'MIT'],
  ['@scope/a', 'Apache-2.0'],
  ['a', '(MIT OR GPL-3.0-only)'],
  ['a', 'Apache-2.0 AND MIT'],
  ['caniuse-lite', 'CC-BY-4.0'],
])('%s under %s may be in the lockfile', (name, licence) => {
  expect(check(name, licence)).toEqual({ status: 0, stderr: '' })
})

test.each([
  ['a', 'AGPL-3.0-or-later'],
  ['@scope/a', 'AGPL-3.0-only'],
  ['a', 'MIT AND AGPL-3.0-only'],
  ['a', '(MIT AND GPL-2.0-only) OR GPL-3.0-only'],
  ['a', 'CC-BY-4.0'],
  ['caniuse-lite', 'AGPL-3.0-only'],
  ['a', 'SEE LICENSE IN LICENSE'],
])('%s under %s may not be in the lockfile', (name, licence) => {
  const { status, stderr } = check(name, licence)
  expect([status, stderr]).toEqual([1, expect.stringContaining(`${name}@1.0.0 is under ${licence}: `)])
})

test('a package without a licence may not be in the lockfile, nor one that is not installed, except for another platform', () => {
  expect(check('a', undefined).stderr).toContain('a@1.0.0 is under no licence')
  expect(check('a', 'MIT', { installed: false }).stderr).toContain('a@1.0.0 is not installed')
  expect(check('@esbuild/win32-x64', 'MIT', { installed: false }).status).toBe(0)
})
