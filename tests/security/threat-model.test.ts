import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const filesOf = (text: string): string[] =>
  [...text.matchAll(/`([\w.@/-]+\.(?:ts|js|mjs|yml|yaml|md))`/g)].flatMap(([, path]) => path ?? [])

/** Rows of every table with these columns. */
function rowsUnder(text: string, ...columns: string[]): string[][] {
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const lines = text.split('\n')
  return lines.flatMap((line, at) => {
    if (!line.startsWith('|') || cells(line).join() !== columns.join()) return []
    const rest = lines.slice(at + 2)
    const end = rest.findIndex((row) => !row.startsWith('|'))
    return rest.slice(0, end === -1 ? undefined : end).map(cells)
  })
}

describe('the threat model', () => {
  const text = read('docs/threat-model.md')
  const rows = rowsUnder(text, 'threat', 'defence', 'test', 'what remains')

  test('names a defence with its file, a test, and what remains, for every threat', () => {
    expect(rows.length).toBeGreaterThan(50)
    for (const [threat = '', defence = '', tests = '', remains = '', ...more] of rows) {
      expect([threat, more]).toEqual([threat, []])
      expect([threat, filesOf(defence).length > 0]).toEqual([threat, true])
      expect([threat, filesOf(tests).filter((path) => path.endsWith('.test.ts')).length > 0]).toEqual([threat, true])
      expect([threat, remains.length > 0]).toEqual([threat, true])
    }
  })

  test('names every file of this directory beside its threat', () => {
    const named = new Set(rows.flatMap(([, , tests = '']) => filesOf(tests)))
    const here = globSync('tests/security/*.test.ts', { cwd: root })
    const missing = here.filter((path) => !named.has(path) && path !== 'tests/security/threat-model.test.ts')
    expect(missing).toEqual([])
  })
})

describe('the tables of standards', () => {
  test('say for every requirement how it is met or why it does not apply, and where', () => {
    const rows = rowsUnder(read('docs/standards.md'), 'requirement', 'what it asks for', 'here', 'where')
    expect(rows.length).toBeGreaterThan(80)
    for (const [requirement = '', asks = '', here = '', where = '', ...more] of rows) {
      expect([requirement, more, asks.length > 10]).toEqual([requirement, [], true])
      expect([requirement, here]).toEqual([
        requirement,
        expect.stringMatching(/^(met|in part|not met|not ours|not applicable): .{10,}/),
      ])
      const files = filesOf(where)
      if (/^(met|in part)/.test(here)) expect([requirement, files.length > 0]).toEqual([requirement, true])
    }
    const ids = rows.map(([requirement]) => requirement)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
