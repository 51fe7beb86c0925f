import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const text = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
const loop = text('services/agent-workload/examples/plain-loop.ts').trim()

test('docs/your-agent.md shows the loop that is tested', () => {
  expect(text('docs/your-agent.md')).toContain(`\`\`\`ts\n${loop}\n\`\`\``)
})

test('the loop has at most 55 lines, without imports and types', () => {
  expect(loop.split('\n').filter((line) => !/^(import|type|export type|$)/.test(line)).length).toBeLessThanOrEqual(55)
})
