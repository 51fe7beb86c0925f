import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { SynthesizedTemplates } from '../synthesized-templates.ts'
import { mayWrite } from './may-write.ts'
import { readableTemplate } from './readable-template.ts'
import { STAGE_NAMES, stage } from './stages.ts'

const STACKS = ['network', 'edge', 'identity', 'session-store', 'services']

function expectSnapshot(name: string, template: string): void {
  const file = join(import.meta.dirname, 'snapshots', name)
  if (mayWrite(existsSync(file))) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, template)
  }
  expect(template).toBe(readFileSync(file, 'utf8'))
}

/** `npm test -- --selectProjects synth -u` updates the files. */
describe.each(STAGE_NAMES)('the %s stage', (name) => {
  test.each(STACKS)('%s matches its reviewed snapshot', (stack) => {
    expectSnapshot(`${name}/${stack}.txt`, readableTemplate(stage(name), stack))
  })
})

test('what an MCP server adds to production and changes there matches its reviewed snapshot', () => {
  const [before, after] = [stage('production'), stage('MCP server')]
  const templates = Object.fromEntries(
    STACKS.map((stack) => {
      const was = before.templates[stack]?.Resources ?? {}
      const { Resources = {}, Outputs = {} } = after.templates[stack] ?? {}
      const changed = Object.entries(Resources).filter(([id, one]) => JSON.stringify(was[id]) !== JSON.stringify(one))
      return [stack, { Resources: Object.fromEntries(changed), Outputs }]
    }),
  )
  const changes = new SynthesizedTemplates({ templates, prefix: after.prefix })
  const text = STACKS.filter((stack) => Object.keys(templates[stack]?.Resources ?? {}).length > 0).map(
    (stack) => `# ${stack}\n${readableTemplate(changes, stack)}`,
  )
  expectSnapshot('mcp-server.txt', text.join('\n'))
})
