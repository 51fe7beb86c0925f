import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'

/** GitHub has accepted this key since May 2026 (rhysd/actionlint#657). */
const VALID = 'unexpected key "queue" for "concurrency" section'

const hasGo = spawnSync('go', ['version']).status === 0
const testIt = hasGo ? test : test.skip

testIt(
  hasGo ? 'actionlint finds no mistake in the workflows' : 'actionlint is not asked, because there is no Go',
  () => {
    const cwd = join(import.meta.dirname, '../..')
    const { status, stdout, stderr } = spawnSync('go', ['run', ACTIONLINT, '-ignore', VALID], { cwd, encoding: 'utf8' })
    // Go reports its downloads on standard error.
    expect({ status, stdout, complaints: status === 0 ? '' : stderr }).toEqual({
      status: 0,
      stdout: '',
      complaints: '',
    })
  },
  5 * 60_000,
)
