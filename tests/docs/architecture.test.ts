import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { drawing, packageGraph, reaches, table } from './package-graph.ts'

const document = readFileSync(join(import.meta.dirname, '../../docs/architecture.md'), 'utf8')
const graph = packageGraph()

test('docs/architecture.md draws the packages as they import each other', () => {
  expect(graph.size).toBeGreaterThan(12)
  expect(document).toContain(drawing(graph))
  expect(document).toContain(table(graph))
})

test('no package reaches itself', () => {
  expect([...graph.keys()].filter((folder) => reaches(graph, folder, folder))).toEqual([])
})

test.each([
  ['packages/contracts', []],
  ['packages/agentcore-identity-emulator', []],
  ['packages/stand-in-kit', []],
  ['packages/service-runtime', ['packages/contracts']],
])('%s imports no more than %j', (folder, allowed) => {
  expect(graph.get(folder)).toEqual(allowed)
})

test('no service reaches another one', () => {
  const services = [...graph.keys()].filter((folder) => folder.startsWith('services/'))
  const reached = services.flatMap((from) => services.filter((to) => reaches(graph, from, to)))
  expect(reached).toEqual([])
})
