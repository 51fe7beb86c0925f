import { type ProviderDefinition, VendorError } from '@agent-identity/provider-kit'
import { expect, test } from '@jest/globals'
import { NO_REVOCATION_FUNCTIONS, offerProviders } from './offered-providers.ts'

const server = { vendor: 'CustomOauth2', discoveryUrl: 'https://as.example' } as const

function providerCalled(id: string, apiUrl: string, kind: 'user' | 'on-behalf-of' = 'user') {
  const asked: unknown[] = []
  const definition: ProviderDefinition = {
    id,
    displayName: id.toUpperCase(),
    suggestions: [`Show ${id}`],
    ...(kind === 'user'
      ? {
          credential: kind,
          authorizationServer: { ...server, registerAt: 'your app' },
          revocation: { by: 'impossible' },
        }
      : { credential: kind, authorizationServer: { ...server, exchange: 'TOKEN_EXCHANGE' } }),
    baseScopes: ['read'],
    scopeDescriptions: { read: 'Read' },
    customParameters: {},
    apiUrl,
    async atWork(settings) {
      asked.push(settings)
      return {
        account: async (token: string) => {
          if (token === 'bad') throw new Error('no')
          if (token === 'ended') throw new VendorError('token-rejected')
          return { name: 'alice', granted: ['read'] }
        },
        tools: [{ name: `read_${id}` } as never],
      }
    },
  }
  return { definition, asked }
}

function offering(
  providers: Record<string, { credentialProvider: string; apiUrl?: string }>,
  askFirst: readonly string[] = [],
  mode: 'jwt' | 'user-id' = 'jwt',
) {
  const mail = providerCalled('mail', 'https://mail.example')
  const notes = providerCalled('notes', 'user-info')
  const hours = providerCalled('hours', 'https://hours.{domain}', 'on-behalf-of')
  const known = new Map([mail, notes, hours].map(({ definition }) => [definition.id, definition]))
  return {
    mail,
    notes,
    offer: offerProviders(
      {
        PROVIDERS: providers,
        ASK_FIRST_PROVIDERS: [...askFirst],
        VENDOR_TIMEOUT_MS: 1,
        IDENTITY_ARTIFACT_MODE: mode,
      },
      NO_REVOCATION_FUNCTIONS,
      known,
    ),
  }
}

test('enabled providers are offered, with their API address; tools of others are not loaded', async () => {
  const { offer, mail, notes } = offering({ mail: { credentialProvider: 'stage-mail' } })
  const { providers, tools, suggestions, accountOf } = await offer
  expect(suggestions).toEqual(['Show mail'])
  expect([...providers]).toEqual([['mail', expect.objectContaining({ credentialProvider: 'stage-mail' })]])
  expect(tools).toEqual([{ name: 'read_mail', provider: { id: 'mail', displayName: 'MAIL', credential: 'user' } }])
  expect(mail.asked).toEqual([{ url: 'https://mail.example', timeoutMs: 1 }])
  expect(notes.asked).toEqual([])
  expect(await accountOf('mail', 'token')).toEqual({ name: 'alice', granted: ['read'] })
  // Not known, which is no error; and nothing is known of a provider that is not offered.
  expect(await accountOf('mail', 'bad')).toBeUndefined()
  expect(await accountOf('notes', 'token')).toEqual({})
  expect(await accountOf('mail', 'ended')).toEqual({ isRejected: true })
})

test('a deployment may set the address of an API', async () => {
  const { offer, notes } = offering({ notes: { credentialProvider: 'n', apiUrl: 'https://issuer.example/userinfo' } })
  await offer
  expect(notes.asked).toEqual([{ url: 'https://issuer.example/userinfo', timeoutMs: 1 }])
})

test('a slash at the end of an API’s address is left out, and of the userinfo endpoint’s kept', async () => {
  const { offer, mail, notes } = offering({
    mail: { credentialProvider: 'm', apiUrl: 'https://our.mail.example/v1/' },
    notes: { credentialProvider: 'n', apiUrl: 'https://issuer.example/userinfo/' },
  })
  await offer
  expect([...mail.asked, ...notes.asked]).toMatchObject([
    { url: 'https://our.mail.example/v1' },
    { url: 'https://issuer.example/userinfo/' },
  ])
})

test.each([
  [
    { slack: { credentialProvider: 's' }, constructor: { credentialProvider: 'c' } },
    'PROVIDERS: this version has no slack, constructor',
  ],
  [{ notes: { credentialProvider: 'n' } }, 'PROVIDERS: notes needs an apiUrl'],
  [{ hours: { credentialProvider: 'h' } }, 'PROVIDERS: hours needs an apiUrl'],
])('does not start with %j', async (providers, message) => {
  await expect(offering(providers).offer).rejects.toMatchObject({ name: 'ConfigurationError', message })
})

test('does not start with a provider that exchanges tokens of users when there are no such tokens', async () => {
  const hours = { hours: { credentialProvider: 'h', apiUrl: 'https://hours.example' } }
  expect((await offering(hours).offer).providers.get('hours')?.credential).toBe('on-behalf-of')
  await expect(offering(hours, [], 'user-id').offer).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining('PROVIDERS: hours exchanges the token of the user'),
  })
})

test('does not start with scopes that are joined by commas and are too long for AgentCore', async () => {
  const { definition } = providerCalled('mail', 'https://mail.example')
  const starting = (length: number) => {
    const scopeDescriptions = { read: 'Read', ['s'.repeat(length)]: 'More' }
    const joined = { ...definition, scopeSeparator: ',', scopeDescriptions } as typeof definition
    const settings = {
      ...{ PROVIDERS: { mail: { credentialProvider: 'm' } }, ASK_FIRST_PROVIDERS: [], VENDOR_TIMEOUT_MS: 1 },
      IDENTITY_ARTIFACT_MODE: 'jwt' as const,
    }
    return offerProviders(settings, NO_REVOCATION_FUNCTIONS, new Map([['mail', joined]]))
  }
  expect((await starting(123)).providers.get('mail')?.scopeSeparator).toBe(',')
  await expect(starting(124)).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining('the scopes of mail have more than 128 characters'),
  })
})

test('does not start with a misspelt name in ASK_FIRST_PROVIDERS', async () => {
  await expect(offering({ mail: { credentialProvider: 'm' } }, ['mial']).offer).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: 'ASK_FIRST_PROVIDERS: this version has no mial',
  })
})

test('does not start with a revocation address in which a parameter is not filled in', async () => {
  const { definition } = providerCalled('mail', 'https://mail.example')
  const sent: string[] = []
  const revoke = async (_token: string, { url }: { url: string }) => {
    sent.push(url)
    return 'revoked' as const
  }
  const revocation = { by: 'token', url: 'https://{domain}/oauth2/v1/revoke', revoke }
  const offerMail = (addresses: { revocationUrl?: string }) =>
    offerProviders(
      {
        PROVIDERS: { mail: { credentialProvider: 'm', ...addresses } },
        ASK_FIRST_PROVIDERS: [],
        VENDOR_TIMEOUT_MS: 1_000,
        IDENTITY_ARTIFACT_MODE: 'jwt',
      },
      NO_REVOCATION_FUNCTIONS,
      new Map([['mail', { ...definition, revocation } as ProviderDefinition]]),
    )
  await expect(offerMail({})).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: 'PROVIDERS: mail needs a revocationUrl',
  })
  const offer = await offerMail({ revocationUrl: 'https://our.example/oauth2/v1/revoke' })
  expect(await offer.revoke('mail', 'a-token')).toBe('revoked')
  expect(sent).toEqual(['https://our.example/oauth2/v1/revoke'])
})

test.each(['https://{domain}/v1', 'user-info'])(
  'a token of the API %s is sent to the fixed address of its provider to be revoked',
  async (apiUrl) => {
    const sent: string[] = []
    const { definition } = providerCalled('mail', 'https://mail.example')
    const revoke = async (_token: string, { url }: { url: string }) => {
      sent.push(url)
      return 'revoked' as const
    }
    const revocation = { by: 'token', url: 'https://accounts.example/revoke', revoke }
    const offer = await offerProviders(
      {
        PROVIDERS: { mail: { credentialProvider: 'm', apiUrl: 'https://our.mail.example/v1' } },
        ASK_FIRST_PROVIDERS: [],
        VENDOR_TIMEOUT_MS: 1_000,
        IDENTITY_ARTIFACT_MODE: 'jwt',
      },
      NO_REVOCATION_FUNCTIONS,
      new Map([['mail', { ...definition, apiUrl, revocation } as ProviderDefinition]]),
    )
    expect([await offer.revoke('mail', 'a-token'), sent]).toEqual(['revoked', ['https://accounts.example/revoke']])
  },
)

test.each([
  ['the vendor’s own API', {}, ['https://mail.example/revoke']],
  [
    'another server, with a revocation address of its own',
    { apiUrl: 'https://our.example', revocationUrl: 'https://our.example/end' },
    ['https://our.example/end'],
  ],
  [
    'another server, where the vendor revokes below the address of its API',
    { apiUrl: 'https://our.example/v3' },
    ['https://our.example/v3/revoke'],
  ],
  ['another server, with a slash at its end', { apiUrl: 'https://our.example/v3/' }, ['https://our.example/v3/revoke']],
  [
    'another server, where the vendor revokes elsewhere',
    { apiUrl: 'https://our.example' },
    [],
    'https://accounts.example/revoke',
  ],
])(
  'a token of %s is sent to no other server to be revoked',
  async (_name, addresses, sentTo, url = 'https://mail.example/revoke') => {
    const sent: string[] = []
    const { definition } = providerCalled('mail', 'https://mail.example')
    const revoke = async (_token: string, { url }: { url: string }) => {
      sent.push(url)
      return 'revoked' as const
    }
    const mail = {
      ...definition,
      revocation: { by: 'token', url, revoke },
    } as ProviderDefinition
    const settings = {
      PROVIDERS: { mail: { credentialProvider: 'm', ...addresses } },
      ASK_FIRST_PROVIDERS: [],
      VENDOR_TIMEOUT_MS: 1_000,
      IDENTITY_ARTIFACT_MODE: 'jwt',
    } as const
    const offer = await offerProviders(
      { ...settings, ASK_FIRST_PROVIDERS: [] },
      NO_REVOCATION_FUNCTIONS,
      new Map([['mail', mail]]),
    )
    const isSent = sentTo.length > 0
    expect(offer.providers.get('mail')?.revocation?.by).toBe(isSent ? 'token' : 'impossible')
    expect(await offer.revoke('mail', 'a-token')).toBe(isSent ? 'revoked' : 'refused')
    expect(sent).toEqual(sentTo)
  },
)
