import { expect, test } from '@jest/globals'
import { withSuffix } from './client/with-suffix.ts'
import { connectionRow } from './connection-row.ts'

test('every id that a new row’s buttons name is the id of an element of that row', async () => {
  const row = String(await connectionRow({ now: 0, id: 'new' }))
  const valuesOf = (name: string) =>
    [...row.matchAll(new RegExp(` ${name}="([^"]+)"`, 'g'))].map(([, value = '']) => withSuffix(value, 1))
  const ids = valuesOf('id')
  const named = valuesOf('aria-describedby').flatMap((value) => value.split(' '))
  expect([ids.length, named.length > ids.length]).toEqual([2, true])
  expect(named.filter((id) => !ids.includes(id))).toEqual([])
})
