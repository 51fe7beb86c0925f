import { scopes, secretReference, tags } from './common.ts'
import { list, map, oneOf, string, structure, union } from './shapes.ts'

export const credentialProviderVendor = oneOf(
  'GoogleOauth2',
  'GithubOauth2',
  'SlackOauth2',
  'SalesforceOauth2',
  'MicrosoftOauth2',
  'CustomOauth2',
  'AtlassianOauth2',
  'LinkedinOauth2',
  'XOauth2',
  'OktaOauth2',
  'OneLoginOauth2',
  'PingOneOauth2',
  'FacebookOauth2',
  'YandexOauth2',
  'RedditOauth2',
  'ZoomOauth2',
  'TwitchOauth2',
  'SpotifyOauth2',
  'DropboxOauth2',
  'NotionOauth2',
  'HubspotOauth2',
  'CyberArkOauth2',
  'FusionAuthOauth2',
  'Auth0Oauth2',
  'CognitoOauth2',
)

export const secretSource = oneOf('MANAGED', 'EXTERNAL')
const kmsKeyArn = string({
  min: 1,
  max: 2048,
  pattern: 'arn:aws(|-cn|-us-gov):kms:[a-zA-Z0-9-]*:[0-9]{12}:key/[a-zA-Z0-9-]{36}',
})
export const kmsConfiguration = structure({ keyType: oneOf('CustomerManagedKey', 'ServiceManagedKey'), kmsKeyArn }, [
  'keyType',
])

const clientSecret = {
  clientSecret: string({ min: 0, max: 2048 }),
  clientSecretConfig: structure(secretReference, ['secretId', 'jsonKey']),
  clientSecretSource: secretSource,
}
const builtIn = { clientId: string({ min: 1, max: 256 }), ...clientSecret }

const authorizationServerMetadata = structure(
  {
    issuer: string(),
    authorizationEndpoint: string(),
    tokenEndpoint: string(),
    responseTypes: list(string()),
    tokenEndpointAuthMethods: list(string({ pattern: '(client_secret_post|client_secret_basic)' }), { min: 1, max: 2 }),
  },
  ['issuer', 'authorizationEndpoint', 'tokenEndpoint'],
)

const oauthDiscovery = union({
  discoveryUrl: string({
    pattern: '[^\\s?#]+/\\.well-known/(openid-configuration|oauth-authorization-server)(/[^\\s?#]+)?',
  }),
  authorizationServerMetadata,
})

const onBehalfOfTokenExchangeConfig = structure(
  {
    grantType: oneOf('TOKEN_EXCHANGE', 'JWT_AUTHORIZATION_GRANT'),
    tokenExchangeGrantTypeConfig: structure(
      { actorTokenContent: oneOf('NONE', 'M2M', 'AWS_IAM_ID_TOKEN_JWT'), actorTokenScopes: scopes },
      ['actorTokenContent'],
    ),
    onBehalfOfAuthenticationConfig: structure({ clientAuthenticationMethod: oneOf('NO_CLIENT') }, [
      'clientAuthenticationMethod',
    ]),
  },
  ['grantType'],
)

const additionalClaims = map(
  string({ min: 1, max: 255, pattern: '[A-Za-z0-9_.:#-]+' }),
  string({ min: 1, max: 2048 }),
  { min: 1, max: 10 },
)

const privateKeyJwtConfig = structure({
  privateKeySource: union({ kmsKeySource: structure({ kmsKeyArn }, ['kmsKeyArn']) }),
  signingAlgorithm: oneOf('RS256', 'PS256', 'ES256'),
  additionalHeaderClaims: additionalClaims,
  additionalPayloadClaims: additionalClaims,
})

const privateEndpoint = union({
  selfManagedLatticeResource: union({
    resourceConfigurationIdentifier: string({
      min: 20,
      max: 2048,
      pattern:
        '((rcfg-[0-9a-z]{17})|(arn:[a-z0-9\\-]+:vpc-lattice:[a-zA-Z0-9\\-]+:\\d{12}:resourceconfiguration/rcfg-[0-9a-z]{17}))',
    }),
  }),
  managedVpcResource: structure(
    {
      vpcIdentifier: string({ pattern: 'vpc-(([0-9a-z]{8})|([0-9a-z]{17}))' }),
      subnetIds: list(string({ pattern: 'subnet-[0-9a-zA-Z]{8,17}' })),
      endpointIpAddressType: oneOf('IPV4', 'IPV6'),
      securityGroupIds: list(string({ pattern: 'sg-(([0-9a-z]{8})|([0-9a-z]{17}))' }), { min: 0, max: 5 }),
      tags,
      routingDomain: string({ min: 3, max: 255 }),
    },
    ['vpcIdentifier', 'subnetIds', 'endpointIpAddressType'],
  ),
})

const certificateConfigurations = list(
  union({
    s3: structure(
      { uri: string({ pattern: 's3://.{1,2043}' }), bucketOwnerAccountId: string({ pattern: '[0-9]{12}' }) },
      ['uri'],
    ),
    secretsManager: structure(
      { secretArn: string({ pattern: 'arn:aws(-[^:]+)?:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+' }) },
      ['secretArn'],
    ),
  }),
  { min: 1, max: 1 },
)

export const oauth2ProviderConfigInput = union({
  customOauth2ProviderConfig: structure(
    {
      oauthDiscovery,
      clientId: string({ min: 0, max: 256 }),
      ...clientSecret,
      onBehalfOfTokenExchangeConfig,
      clientAuthenticationMethod: oneOf(
        'CLIENT_SECRET_BASIC',
        'CLIENT_SECRET_POST',
        'AWS_IAM_ID_TOKEN_JWT',
        'PRIVATE_KEY_JWT',
      ),
      privateKeyJwtConfig,
      privateEndpoint,
      privateEndpointOverrides: list(
        structure({ domain: string({ min: 1, max: 253 }), privateEndpoint }, ['domain', 'privateEndpoint']),
        { min: 0, max: 5 },
      ),
      certificateConfigurations,
    },
    ['oauthDiscovery'],
  ),
  googleOauth2ProviderConfig: structure(builtIn, ['clientId']),
  githubOauth2ProviderConfig: structure(builtIn, ['clientId']),
  slackOauth2ProviderConfig: structure(builtIn, ['clientId']),
  salesforceOauth2ProviderConfig: structure(builtIn, ['clientId']),
  microsoftOauth2ProviderConfig: structure({ ...builtIn, tenantId: string({ min: 1, max: 2048 }) }, ['clientId']),
  atlassianOauth2ProviderConfig: structure(builtIn, ['clientId']),
  linkedinOauth2ProviderConfig: structure(builtIn, ['clientId']),
  includedOauth2ProviderConfig: structure(
    { ...builtIn, issuer: string(), authorizationEndpoint: string(), tokenEndpoint: string() },
    ['clientId'],
  ),
})
