import { expect, test } from '@jest/globals'
import { scopesInText } from './scopes-in-text.ts'

test.each<[unknown, string[] | undefined]>([
  ['repo, read:user', ['repo', 'read:user']],
  ['channels:read,chat:write', ['channels:read', 'chat:write']],
  ['openid  https://www.googleapis.com/auth/calendar ', ['openid', 'https://www.googleapis.com/auth/calendar']],
  ['repo "quoted" back\\slash é', ['repo']],
  [`repo ${'a'.repeat(129)}`, ['repo']],
  [Array.from({ length: 500 }, (_, n) => `s${n}`).join(' '), Array.from({ length: 100 }, (_, n) => `s${n}`)],
  ['', undefined],
  [' , ', undefined],
  [null, undefined],
  [7, undefined],
])('%j', (text, scopes) => {
  expect(scopesInText(text)).toEqual(scopes)
})
