import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { mayWrite } from './may-write.ts'
import { readableTemplate } from './readable-template.ts'
import { STAGE_NAMES, stage } from './stages.ts'

/** One file per stack and stage, under snapshots/. `jest --selectProjects synth -u` updates them. */
describe.each(STAGE_NAMES)('the %s stage', (name) => {
  test.each(['network', 'edge', 'identity', 'session-store', 'services'])(
    '%s matches its reviewed snapshot',
    (stack) => {
      const file = join(import.meta.dirname, 'snapshots', name, `${stack}.txt`)
      const template = readableTemplate(stage(name), stack)
      if (mayWrite(existsSync(file))) {
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, template)
      }
      expect(template).toBe(readFileSync(file, 'utf8'))
    },
  )
})
