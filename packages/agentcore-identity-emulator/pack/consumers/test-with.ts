import { spawnSync } from 'node:child_process'
import { test } from '@jest/globals'

/** Skips the test when the program is missing on this machine. */
export const testWith = (program: string, versionArgument = '--version') =>
  spawnSync(program, [versionArgument]).status === 0 ? test : test.skip
