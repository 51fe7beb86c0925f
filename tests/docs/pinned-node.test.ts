import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'

const MODULE = pathToFileURL(join(import.meta.dirname, '../../scripts/set-up/node.mjs'))
const root = mkdtempSync(join(tmpdir(), 'pinned-node-'))
afterAll(() => rmSync(root, { recursive: true }))

test.each([
  { starts: true, what: 'is used' },
  { starts: false, what: 'is used by no tool of the packages either, where it does not start' },
])('the pinned Node $what', ({ starts }) => {
  const checkout = mkdtempSync(join(root, 'checkout-'))
  const pinned = join(checkout, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node')
  const ofTheTools = join(checkout, 'node_modules/.bin/node')
  for (const file of [pinned, ofTheTools]) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `#!/bin/sh\nexit ${starts ? 0 : 127}\n`, { mode: 0o755 })
  }
  const program = `const { findNode } = await import(process.argv[1]); console.log(findNode(process.argv[2]))`
  const args = ['--input-type=module', '--eval', program, MODULE.href, checkout]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect({ stdout, stderr }).toEqual({ stdout: `${starts ? pinned : process.execPath}\n`, stderr: '' })
  expect(existsSync(ofTheTools)).toBe(starts)
})
