import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AT_ERASURE, RECORDS, START_TRANSITIONS } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'

const documented = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')

const row = (...cells: string[]) => `| ${cells.join(' | ')} |`

/** Keys with the same cells share a row. */
function rowsByKey(said: readonly { key: string; cells: string[] }[]): string {
  const groups = Map.groupBy(said, ({ cells }) => row(...cells))
  return [...groups.values()]
    .map((same) => row(same.map(({ key }) => `\`${key}\``).join(', '), ...(same[0]?.cells ?? [])))
    .join('\n')
}

test('docs/redis-schema.md has the contract’s row for every field: what protects it, and what remains', () => {
  const said = RECORDS.flatMap(({ key, fields }) =>
    fields.map(({ field, vouchedBy, written, decides, remains }) => {
      const voucher = vouchedBy === 'nothing' ? 'nothing' : `\`${vouchedBy}\`, ${written}`
      return { key, cells: [field === '*' ? 'any' : `\`${field}\``, voucher, decides, remains] }
    }),
  )
  expect(documented('redis-schema.md')).toContain(`\n${rowsByKey(said)}\n\n`)
})

test('docs/redis-schema.md has every kind of record of which something stays when its user is erased', () => {
  expect(Object.keys(AT_ERASURE).sort()).toEqual(RECORDS.map(({ key }) => key).sort())
  const said = RECORDS.flatMap(({ key }) => {
    const then = AT_ERASURE[key]
    return typeof then === 'object' ? [{ key, cells: [then.stays] }] : []
  })
  expect(documented('redis-schema.md')).toContain(`|---|---|\n${rowsByKey(said)}\n\n`)
})

test('docs/redis-schema.md has every transition of a start, and no other', () => {
  const rows = START_TRANSITIONS.map(({ from, to, by, when }) => row(from, to, by.replace('-', ' '), when))
  expect(documented('redis-schema.md')).toContain(`${rows.join('\n')}\n\n`)
})
