import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const document = read('docs/mcp.md')
const [, table = ''] = document.split('| MUST (or SHOULD) | met by | test |\n|---|---|---|\n')
const rows = table
  .slice(0, table.indexOf('\n\n'))
  .split('\n')
  .map((row) => row.split('|').map((cell) => cell.trim()))

/** A title is a text before a function. Titles directly in `.skip(` or `.todo(` are left out. */
const titlesIn = (path: string): string[] =>
  [...read(path).matchAll(/(?<!\.skip|\.todo)\(\s*(['"`])(.+?)\1,\s*(?:async\s*)?(?:\(|\w+\s*=>)/g)].map(
    ([, , title = '']) => title,
  )

test('each MUST of MCP that docs/mcp.md lists names what meets it, and tests by their names', () => {
  expect(rows.length).toBeGreaterThan(12)
  const wrong = rows.flatMap(([, must = '', metBy = '', tests = '']) => {
    const named = [...tests.matchAll(/`([\w./-]+\.test\.ts)` “([^”]+)”/g)]
    const missing = named.filter(([, file = '', name = '']) => !titlesIn(file).some((title) => title.includes(name)))
    const isComplete = named.length > 0 && /`[\w./-]+\.ts`/.test(metBy)
    return isComplete && missing.length === 0 ? [] : [{ must, missing: missing.map(([, , name]) => name) }]
  })
  expect(wrong).toEqual([])
})
