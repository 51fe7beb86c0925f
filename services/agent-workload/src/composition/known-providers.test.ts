import type { OfferedProvider, ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { expect, test } from '@jest/globals'
import { knownProviders } from './known-providers.ts'

test('what is kept about a user is looked for at every provider of this version, and at others that are offered', () => {
  const offered = (id: ProviderId) => ({ id, credentialProvider: 'at-agentcore' }) as OfferedProvider
  const known = knownProviders(new Map([offered('slack'), offered('of-elsewhere')].map((one) => [one.id, one])))
  expect([...known.keys()].sort()).toEqual([...PROVIDERS.keys(), 'of-elsewhere'].sort())
  expect([known.get('slack')?.credentialProvider, known.get('github')?.credentialProvider]).toEqual([
    'at-agentcore',
    '',
  ])
})
