import {
  DeleteOauth2CredentialProviderCommand,
  GetOauth2CredentialProviderCommand,
  type Oauth2ProviderConfigInput,
  UpdateOauth2CredentialProviderCommand,
  CredentialProviderVendorType as Vendor,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { describe, expect, test } from '@jest/globals'
import { refusal } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'

const client = { clientId: 'client', clientSecret: 'secret' }
const endpoints = {
  issuer: 'https://tenant.example',
  authorizationEndpoint: 'https://tenant.example/authorize',
  tokenEndpoint: 'https://tenant.example/token',
}

const configurations: Record<Vendor, Oauth2ProviderConfigInput> = {
  GoogleOauth2: { googleOauth2ProviderConfig: client },
  GithubOauth2: { githubOauth2ProviderConfig: client },
  SlackOauth2: { slackOauth2ProviderConfig: client },
  SalesforceOauth2: { salesforceOauth2ProviderConfig: client },
  MicrosoftOauth2: { microsoftOauth2ProviderConfig: { ...client, tenantId: 'contoso' } },
  CustomOauth2: {
    customOauth2ProviderConfig: { ...client, oauthDiscovery: { authorizationServerMetadata: endpoints } },
  },
  AtlassianOauth2: { atlassianOauth2ProviderConfig: client },
  LinkedinOauth2: { linkedinOauth2ProviderConfig: client },
  ...Object.fromEntries(
    (['XOauth2', 'FacebookOauth2', 'YandexOauth2', 'RedditOauth2', 'ZoomOauth2', 'TwitchOauth2'] as const)
      .concat(['SpotifyOauth2', 'DropboxOauth2', 'NotionOauth2', 'HubspotOauth2'] as never[])
      .map((vendor) => [vendor, { includedOauth2ProviderConfig: client }]),
  ),
  ...Object.fromEntries(
    (['OktaOauth2', 'OneLoginOauth2', 'PingOneOauth2', 'CyberArkOauth2'] as const)
      .concat(['FusionAuthOauth2', 'Auth0Oauth2', 'CognitoOauth2'] as never[])
      .map((vendor) => [vendor, { includedOauth2ProviderConfig: { ...client, ...endpoints } }]),
  ),
} as Record<Vendor, Oauth2ProviderConfigInput>

describe('OAuth2 credential providers of the emulator', () => {
  const used = useEmulator(() => ({
    quotas: { oauth2CredentialProviders: 200 },
    secrets: { 'my-secret': { client_secret: 'from outside' } },
  }))
  const create = (credentialProviderVendor: Vendor, oauth2ProviderConfigInput: Oauth2ProviderConfigInput) =>
    used.subject.createOauth2Provider({ credentialProviderVendor, oauth2ProviderConfigInput })

  test('knows all 25 vendors of the SDK', () => {
    expect(Object.keys(configurations).sort()).toEqual(Object.values(Vendor).sort())
    expect(Object.keys(configurations)).toHaveLength(25)
  })

  test.each(Object.entries(configurations))(
    '%s has endpoints on HTTPS, and the same ones when it is read',
    async (vendor, config) => {
      const created = await create(vendor as Vendor, config)
      const [key] = Object.keys(config) as [keyof Oauth2ProviderConfigInput]
      const output = created.oauth2ProviderConfigOutput as unknown as Record<string, { oauthDiscovery: object }>
      expect(Object.keys(output)).toEqual([key])
      expect(output[key]?.oauthDiscovery).toMatchObject({
        authorizationServerMetadata: {
          issuer: expect.stringMatching(/^https:/),
          authorizationEndpoint: expect.stringMatching(/^https:/),
          tokenEndpoint: expect.stringMatching(/^https:/),
        },
      })
      const { oauth2ProviderConfigOutput } = await used.subject.control.send(
        new GetOauth2CredentialProviderCommand({ name: created.name }),
      )
      expect(oauth2ProviderConfigOutput).toEqual(created.oauth2ProviderConfigOutput)
    },
  )

  test.each(Object.keys(configurations) as Vendor[])("%s refuses another vendor's configuration", async (vendor) => {
    const other = vendor === 'GithubOauth2' ? configurations.GoogleOauth2 : configurations.GithubOauth2
    expect(await refusal(create(vendor, other))).toMatchObject({
      name: 'ValidationException',
      violations: [{ name: 'oauth2ProviderConfigInput' }],
    })
  })

  const tenants = ['OktaOauth2', 'OneLoginOauth2', 'PingOneOauth2', 'CyberArkOauth2', 'FusionAuthOauth2', 'Auth0Oauth2']
  test.each(
    [...tenants, 'CognitoOauth2'].flatMap((vendor) => Object.keys(endpoints).map((missing) => [vendor, missing])),
  )('%s needs the %s of the tenant', async (vendor, missing) => {
    const { [missing as 'issuer']: _, ...rest } = endpoints
    const call = create(vendor as Vendor, { includedOauth2ProviderConfig: { ...client, ...rest } })
    expect(await refusal(call)).toMatchObject({ name: 'ValidationException' })
  })

  test('a built-in vendor may have its own endpoints', async () => {
    const tokenEndpoint = 'https://zoom.example/token'
    const created = await create('ZoomOauth2', { includedOauth2ProviderConfig: { ...client, tokenEndpoint } })
    expect(JSON.stringify(created.oauth2ProviderConfigOutput)).toContain(tokenEndpoint)
    const refused = create('ZoomOauth2', { includedOauth2ProviderConfig: { ...client, tokenEndpoint: 'zoom' } })
    expect(await refusal(refused)).toMatchObject({ violations: [{ name: 'tokenEndpoint' }] })
  })

  const custom = (config: object) =>
    create('CustomOauth2', {
      customOauth2ProviderConfig: { oauthDiscovery: { authorizationServerMetadata: endpoints }, ...config },
    })

  describe('the client secret', () => {
    const reference = { secretId: 'my-secret', jsonKey: 'client_secret' }
    test('by reference: the answer names it', async () => {
      expect(
        await custom({ clientId: 'c', clientSecretSource: 'EXTERNAL', clientSecretConfig: reference }),
      ).toMatchObject({
        clientSecretSource: 'EXTERNAL',
        clientSecretJsonKey: 'client_secret',
        clientSecretArn: { secretArn: expect.stringContaining(':secret:my-secret-') },
      })
    })

    test.each<[string, object, string]>([
      ['EXTERNAL without a reference', { clientSecretSource: 'EXTERNAL' }, 'clientSecretConfig'],
      [
        'EXTERNAL with a value',
        { clientSecretSource: 'EXTERNAL', clientSecretConfig: reference, clientSecret: 's' },
        'clientSecret',
      ],
      ['MANAGED without a value', { clientSecretSource: 'MANAGED' }, 'clientSecret'],
      ['nothing at all', {}, 'clientSecret'],
      ['MANAGED with a reference', { clientSecret: 's', clientSecretConfig: reference }, 'clientSecretConfig'],
    ])('is refused with %s', async (_case, config, field) => {
      const answer = await refusal(custom({ clientId: 'c', ...config }))
      expect(answer).toMatchObject({ name: 'ValidationException', violations: [{ name: field }] })
    })
  })

  test.each([
    ['issuer', 'not a URL'],
    ['authorizationEndpoint', 'http://tenant.example/authorize'],
    ['tokenEndpoint', 'ftp://tenant.example/token'],
    ['tokenEndpoint', 'https://user:password@tenant.example/token'],
    ['authorizationEndpoint', 'javascript:alert(1)'],
  ])('refuses %s %s', async (member, value) => {
    const metadata = { ...endpoints, [member]: value }
    const call = custom({ ...client, oauthDiscovery: { authorizationServerMetadata: metadata } })
    expect(await refusal(call)).toMatchObject({ name: 'ValidationException', violations: [{ name: member }] })
  })

  const kmsKeyArn = `arn:aws:kms:us-east-1:123456789012:key/${'a'.repeat(36)}`
  const lattice = { selfManagedLatticeResource: { resourceConfigurationIdentifier: `rcfg-${'a'.repeat(17)}` } }
  const exchange = (actorTokenContent: string) => ({
    onBehalfOfTokenExchangeConfig: { grantType: 'TOKEN_EXCHANGE', tokenExchangeGrantTypeConfig: { actorTokenContent } },
  })
  test.each<[string, object]>([
    [
      'private_key_jwt with a key in KMS',
      { privateKeyJwtConfig: { privateKeySource: { kmsKeySource: { kmsKeyArn } } } },
    ],
    ['PRIVATE_KEY_JWT', { clientAuthenticationMethod: 'PRIVATE_KEY_JWT' }],
    ['AWS_IAM_ID_TOKEN_JWT', { clientAuthenticationMethod: 'AWS_IAM_ID_TOKEN_JWT' }],
    ['an AWS_IAM_ID_TOKEN_JWT as actor', exchange('AWS_IAM_ID_TOKEN_JWT')],
    ['a private endpoint', { privateEndpoint: lattice }],
    ['private endpoint overrides', { privateEndpointOverrides: [{ domain: 'a', privateEndpoint: lattice }] }],
  ])('fails for %s, which is not emulated', async (_case, config) => {
    expect(await refusal(custom({ ...client, ...config }))).toMatchObject({ name: 'NotEmulatedException', status: 501 })
  })

  test('the vendor of a provider cannot be changed, and a missing provider cannot be updated or deleted', async () => {
    const { name } = await used.subject.createOauth2Provider()
    const update = (changed: object) =>
      used.subject.control.send(
        new UpdateOauth2CredentialProviderCommand({
          name,
          credentialProviderVendor: 'GoogleOauth2',
          oauth2ProviderConfigInput: configurations.GoogleOauth2,
          ...changed,
        }),
      )
    expect(await refusal(update({}))).toMatchObject({ violations: [{ name: 'credentialProviderVendor' }] })
    expect(await refusal(update({ name: 'unknown' }))).toMatchObject({ name: 'ResourceNotFoundException' })
    const gone = used.subject.control.send(new DeleteOauth2CredentialProviderCommand({ name: 'unknown' }))
    expect(await refusal(gone)).toMatchObject({ name: 'ResourceNotFoundException' })
  })
})
