import { spawnSync } from 'node:child_process'
import { test } from '@jest/globals'

/** Tools of other languages may be missing on this machine: such a test is skipped. */
export const testWith = (program: string, versionArgument = '--version') =>
  spawnSync(program, [versionArgument]).status === 0 ? test : test.skip
