import { expect, test } from '@jest/globals'
import { connectionRow } from './connection-row.ts'
import { importClientModule, installFakePage } from './test-support/fake-page.ts'

interface TableModule {
  withSuffix(ids: string, suffix: number): string
}

test('every id that a new row’s buttons name is the id of an element of that row', async () => {
  installFakePage()
  const { withSuffix } = await importClientModule<TableModule>('connection-table.ts')
  const row = String(await connectionRow({ now: 0, id: 'new' }))
  const valuesOf = (name: string) =>
    [...row.matchAll(new RegExp(` ${name}="([^"]+)"`, 'g'))].map(([, value = '']) => withSuffix(value, 1))
  const ids = valuesOf('id')
  const named = valuesOf('aria-describedby').flatMap((value) => value.split(' '))
  expect([ids.length, named.length > ids.length]).toEqual([2, true])
  expect(named.filter((id) => !ids.includes(id))).toEqual([])
})
