import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { CFN_LINT, installCfnLint, taggingOf } from './install-cfn-lint.ts'
import { CONTEXTS, STAGE_NAMES, stage } from './stages.ts'
import { TYPES_WITHOUT_STACK_TAGS } from './types-without-stack-tags.ts'

const missing = installCfnLint()

if (missing) test.skip(`cfn-lint, because ${missing}`, () => {})
else
  describe('cfn-lint', () => {
    test.each(STAGE_NAMES)('finds no error and no warning in the %s stage', (name) => {
      const directory = mkdtempSync(join(tmpdir(), 'agent-identity-cfn-lint-'))
      const files = Object.entries(stage(name).templates).map(([stack, template]) => {
        const file = join(directory, `${stack}.json`)
        writeFileSync(file, JSON.stringify(template, null, 1))
        return file
      })
      const args = ['--regions', CONTEXTS[name].region, '--', ...files]
      const { stdout, stderr } = spawnSync(CFN_LINT, args, { encoding: 'utf8' })
      rmSync(directory, { recursive: true })
      expect(`${stdout}${stderr}`).toBe('')
    })

    test('knows the types that CloudFormation does not give its own tags', () => {
      const types = STAGE_NAMES.flatMap((name) =>
        Object.values(stage(name).templates).flatMap(({ Resources }) =>
          Object.values(Resources).map(({ Type }) => Type),
        ),
      )
      const tagging = Object.entries(taggingOf([...new Set(types)]))
      const without = tagging.filter(
        ([, { taggable, cloudFormationSystemTags }]) => taggable && !cloudFormationSystemTags,
      )
      expect(without.map(([type]) => type).sort()).toEqual(TYPES_WITHOUT_STACK_TAGS)
    })
  })
