import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'

const MODULE = pathToFileURL(join(import.meta.dirname, '../../scripts/set-up/node.mjs'))
const root = mkdtempSync(join(tmpdir(), 'pinned-node-'))
afterAll(() => rmSync(root, { recursive: true }))

/** A program without its loader, as the pinned Node is on a musl system. */
const NO_LOADER = '#!/no/loader\n'
const exits = (status: number) => `#!/bin/sh\nexit ${status}\n`

/** @returns what `findNode` did with these files */
function find({ pinned: content, shimIsDirectory = false }: { pinned: string; shimIsDirectory?: boolean }) {
  const checkout = mkdtempSync(join(root, 'checkout-'))
  const pinned = join(checkout, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node')
  const shim = join(checkout, 'node_modules/.bin/node')
  for (const file of [pinned, shim]) mkdirSync(dirname(file), { recursive: true })
  writeFileSync(pinned, content, { mode: 0o755 })
  if (shimIsDirectory) mkdirSync(shim)
  else writeFileSync(shim, content, { mode: 0o755 })
  const program = `const { findNode } = await import(process.argv[1]); console.log(findNode(process.argv[2]))`
  const args = ['--input-type=module', '--eval', program, MODULE.href, checkout]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { found: stdout.trim() === pinned ? 'pinned' : stdout.trim(), stderr, shimStays: existsSync(shim) }
}

test.each([
  ['is used where it starts', exits(0), { found: 'pinned', shimStays: true }],
  ['is used by no tool of the packages either, where its loader is missing', NO_LOADER, { shimStays: false }],
  ['is used by no tool of the packages either, where its loader fails', exits(127), { shimStays: false }],
  ['stays for the tools of the packages where its start fails otherwise', exits(1), { shimStays: true }],
])('the pinned Node %s', (_what, pinned, expected) => {
  expect(find({ pinned })).toEqual({ found: process.execPath, stderr: '', ...expected })
})

test('a command runs although the pinned Node cannot be removed from the tools, and says so', () => {
  const { stderr, ...rest } = find({ pinned: NO_LOADER, shimIsDirectory: true })
  expect(rest).toEqual({ found: process.execPath, shimStays: true })
  expect(stderr).toMatch(/^set-up: \S+node_modules\/\.bin\/node does not start here and cannot be removed \(\w+\)/)
})
