import { spawnSync } from 'node:child_process'
import { test } from '@jest/globals'

export const testWith = (program: string, versionArgument = '--version') =>
  spawnSync(program, [versionArgument]).status === 0 ? test : test.skip
