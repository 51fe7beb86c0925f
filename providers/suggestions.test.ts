import { expect, test } from '@jest/globals'
import { loadScriptedOf } from './load-scripted.ts'
import { PROVIDERS } from './registry.ts'

test.each([...PROVIDERS.values()])(
  'the scripted model understands what the chat page suggests for $id',
  async ({ id, suggestions = [] }) => {
    const rules = Object.values(await loadScriptedOf(id))
    for (const text of suggestions)
      expect([text, rules.some(({ request }) => request.test(text))]).toEqual([text, true])
  },
)
