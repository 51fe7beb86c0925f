import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { drawing, packageGraph, reaches, table } from './package-graph.ts'

const root = join(import.meta.dirname, '../..')
const document = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
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

test('only what clients send is opened by the sealer that logs nothing: a value of Redis that does not open must raise the alarm', () => {
  const sources = globSync(['packages/*/src/**/*.ts', 'services/*/src/**/*.ts'], {
    cwd: root,
    exclude: ['**/node_modules', '**/test-support', '**/*.test.ts', 'packages/service-runtime/**'],
  })
  expect(sources.length).toBeGreaterThan(200)
  const silent = sources.filter((path) => /\bcreateSealer\b/.test(readFileSync(join(root, path), 'utf8')))
  expect(silent.toSorted()).toEqual([
    'packages/user-session/src/sign-in-transactions.ts',
    'services/mcp-server/src/protocol/client-sessions.ts',
  ])
})
