import { expect, test } from '@jest/globals'
import { clientNameOf } from './client-name.ts'

test.each([
  ['Editor 1.2', 'Editor 1.2'],
  ['Éditeur · 編集者', 'Éditeur · 編集者'],
  ['\u202Eetsoh', 'etsoh'],
  ['Editor\r\nYour client id is trusted', 'EditorYour client id is trusted'],
  ['a\u2028b\u2029c\u0000d\u200Be\u2066f', 'abcdef'],
  ['x'.repeat(300), 'x'.repeat(64)],
  [' \u200B ', undefined],
  ['\u3164\u2800\u115F', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j is shown as %j', (said, shown) => {
  expect(clientNameOf(said)).toBe(shown)
})
