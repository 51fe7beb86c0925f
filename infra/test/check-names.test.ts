import { describe, expect, test } from '@jest/globals'
import { checkProviderNames } from '../check-names.ts'

describe('the names of credential providers in one account', () => {
  const named = (stage: string, id: string, credential: 'user' | 'api-key' = 'user') => ({
    stage: { name: stage },
    provider: { id, credential },
  })

  test.each([
    ['of two providers', named('sandbox', 'google'), named('sandbox', 'google-calendar')],
    ['of two stages', named('sandbox', 'github'), named('sandbox-github', 'calendar')],
    ['of two keys', named('sandbox', 'store', 'api-key'), named('sandbox', 'store-invoices', 'api-key')],
  ])('are refused where the second goes on with eight characters: %s', (_what, one, other) => {
    for (const both of [
      [one, other],
      [other, one],
    ])
      expect(() => checkProviderNames(both)).toThrow(
        /^The credential providers agent-identity-\S+ and agent-identity-\S+ cannot be in one account: .*rename one\.$/,
      )
  })

  test('are not those of another stage', () => {
    const [one, other] = [named('sandbox', 'google-calendar'), named('sandbox-google', 'calendar')]
    for (const both of [
      [one, other],
      [other, one],
    ])
      expect(() => checkProviderNames(both)).toThrow(
        /^The stages \S+ and \S+ both have a credential provider agent-identity-sandbox-google-calendar, so rename/,
      )
  })

  test.each([
    ['seven characters', named('sandbox', 'google'), named('sandbox', 'google-seven77')],
    ['nine characters', named('sandbox', 'google'), named('sandbox', 'google-nine99999')],
    ['a client and a key', named('sandbox', 'store'), named('sandbox', 'store-invoices', 'api-key')],
    ['two stages', named('sandbox', 'calendar'), named('sandbox-google', 'calendar')],
  ])('may differ otherwise: %s', (_what, one, other) => {
    expect(() => checkProviderNames([one, other])).not.toThrow()
  })
})
