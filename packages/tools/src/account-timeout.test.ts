import type { ProviderDefinition } from '@agent-identity/provider-kit'
import { afterEach, expect, jest, test } from '@jest/globals'
import { NO_REVOCATION_FUNCTIONS, offerProviders } from './offered-providers.ts'

afterEach(() => {
  jest.restoreAllMocks()
})

test.each([
  [undefined, 3_000],
  [7, 7],
])('with ACCOUNT_TIMEOUT_MS %s an account is read within %d ms', async (ACCOUNT_TIMEOUT_MS, limit) => {
  const mail = {
    id: 'mail',
    credential: 'user',
    apiUrl: 'https://mail.example',
    revocation: { by: 'impossible' },
    atWork: async () => ({ account: async () => ({ name: 'alice' }), tools: [] }),
  } as unknown as ProviderDefinition
  const settings = {
    PROVIDERS: { mail: { credentialProvider: 'm' } },
    ASK_FIRST_PROVIDERS: [],
    VENDOR_TIMEOUT_MS: 1,
    ACCOUNT_TIMEOUT_MS,
    IDENTITY_ARTIFACT_MODE: 'jwt' as const,
  }
  const offer = await offerProviders(settings, NO_REVOCATION_FUNCTIONS, new Map([['mail', mail]]))
  const timeout = jest.spyOn(AbortSignal, 'timeout')
  await offer.accountOf('mail', 'token')
  expect(timeout.mock.calls).toEqual([[limit]])
})
