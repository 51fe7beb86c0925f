import type { Kind } from './constraint-kinds.ts'
import type { Member } from './member.ts'
import * as shape from './modelled-shapes.ts'

const at = (path: string, kind: Kind, required = false): Member =>
  required
    ? { path: `oauth2ProviderConfigInput${path}`, kind, required }
    : { path: `oauth2ProviderConfigInput${path}`, kind }
const structure = (...required: string[]): Kind => ({ kind: 'structure', required })
const oneOf = (...values: string[]): Kind => ({ kind: 'enum', values })

const client = { clientId: 'c', clientSecret: 's' }
const metadata = {
  issuer: 'https://a.example',
  authorizationEndpoint: 'https://a.example/a',
  tokenEndpoint: 'https://a.example/t',
}
const builtIns = ['google', 'github', 'slack', 'salesforce', 'microsoft', 'atlassian', 'linkedin', 'included'].map(
  (vendor) => `${vendor}Oauth2ProviderConfig`,
)

const vendors = [
  ['GoogleOauth2', 'GithubOauth2', 'SlackOauth2', 'SalesforceOauth2', 'MicrosoftOauth2', 'CustomOauth2'],
  ['AtlassianOauth2', 'LinkedinOauth2', 'XOauth2', 'OktaOauth2', 'OneLoginOauth2', 'PingOneOauth2', 'FacebookOauth2'],
  ['YandexOauth2', 'RedditOauth2', 'ZoomOauth2', 'TwitchOauth2', 'SpotifyOauth2', 'DropboxOauth2', 'NotionOauth2'],
  ['HubspotOauth2', 'CyberArkOauth2', 'FusionAuthOauth2', 'Auth0Oauth2', 'CognitoOauth2'],
].flat()

const secret = (path: string): Member[] => [
  at(`${path}.clientSecret`, shape.DefaultClientSecretType),
  at(`${path}.clientSecretSource`, oneOf('MANAGED', 'EXTERNAL')),
  at(`${path}.clientSecretConfig`, structure('secretId', 'jsonKey')),
  at(`${path}.clientSecretConfig.secretId`, shape.SecretIdType, true),
  at(`${path}.clientSecretConfig.jsonKey`, shape.SecretJsonKeyType, true),
]

const custom = '~.customOauth2ProviderConfig'
const discovery = `${custom}.oauthDiscovery`
const inline = `${discovery}~.authorizationServerMetadata`
const exchange = `${custom}.onBehalfOfTokenExchangeConfig`
const privateKey = `${custom}.privateKeyJwtConfig`

const claims: Kind = {
  kind: 'map',
  min: 1,
  max: 10,
  keyKind: shape.AdditionalClaimName,
  valueKind: shape.AdditionalClaimValue,
}

const lattice = { resourceConfigurationIdentifier: `rcfg-${'a'.repeat(17)}` }
const managedVpc = { vpcIdentifier: 'vpc-12345678', subnetIds: [], endpointIpAddressType: 'IPV4' }
const privateEndpoint = (path: string, required = false): Member[] => [
  at(
    path,
    { kind: 'union', members: { selfManagedLatticeResource: lattice, managedVpcResource: managedVpc } },
    required,
  ),
  at(`${path}~.selfManagedLatticeResource`, { kind: 'union', members: lattice }),
  at(`${path}~.selfManagedLatticeResource~.resourceConfigurationIdentifier`, shape.ResourceConfigurationIdentifier),
  at(`${path}~.managedVpcResource.vpcIdentifier`, shape.VpcIdentifier, true),
  at(`${path}~.managedVpcResource.subnetIds`, shape.listOf(shape.SubnetId, 'subnet-12345678'), true),
  at(`${path}~.managedVpcResource.endpointIpAddressType`, oneOf('IPV4', 'IPV6'), true),
  at(
    `${path}~.managedVpcResource.securityGroupIds`,
    shape.listOf(shape.SecurityGroupIdentifier, 'sg-12345678', { min: 0, max: 5 }),
  ),
  at(`${path}~.managedVpcResource.tags`, shape.TagsMap),
  at(`${path}~.managedVpcResource.routingDomain`, shape.RoutingDomain),
]

const certificate = `${custom}.certificateConfigurations`
const certificates = {
  s3: { uri: 's3://bucket/ca.pem' },
  secretsManager: { secretArn: shape.CertificateSecretArn.matches?.[0] },
}
const overrides = `${custom}.privateEndpointOverrides`

export const providerConfiguration: readonly Member[] = [
  { path: 'credentialProviderVendor', kind: oneOf(...vendors), required: true },
  at(
    '',
    {
      kind: 'union',
      members: {
        customOauth2ProviderConfig: { ...client, oauthDiscovery: { authorizationServerMetadata: metadata } },
        ...Object.fromEntries(builtIns.slice(0, -1).map((name) => [name, client])),
        includedOauth2ProviderConfig: client,
      },
    },
    true,
  ),
  ...builtIns.flatMap((name) => [at(`~.${name}.clientId`, shape.ClientIdType, true), ...secret(`~.${name}`)]),
  at('~.microsoftOauth2ProviderConfig.tenantId', shape.TenantIdType),
  at('~.includedOauth2ProviderConfig.issuer', shape.AnyString),
  at('~.includedOauth2ProviderConfig.authorizationEndpoint', shape.AnyString),
  at('~.includedOauth2ProviderConfig.tokenEndpoint', shape.AnyString),

  at(`${custom}.clientId`, shape.DefaultClientIdType),
  ...secret(custom),
  at(
    `${custom}.clientAuthenticationMethod`,
    oneOf('CLIENT_SECRET_BASIC', 'CLIENT_SECRET_POST', 'AWS_IAM_ID_TOKEN_JWT', 'PRIVATE_KEY_JWT'),
  ),
  at(
    discovery,
    {
      kind: 'union',
      members: {
        discoveryUrl: 'https://idp.example/.well-known/openid-configuration',
        authorizationServerMetadata: metadata,
      },
    },
    true,
  ),
  at(`${discovery}~.discoveryUrl`, shape.DiscoveryUrlType),
  at(`${inline}.issuer`, shape.AnyString, true),
  at(`${inline}.authorizationEndpoint`, shape.AnyString, true),
  at(`${inline}.tokenEndpoint`, shape.AnyString, true),
  at(`${inline}.responseTypes`, shape.listOf(shape.AnyString, 'code')),
  at(
    `${inline}.tokenEndpointAuthMethods`,
    shape.listOf(shape.TokenAuthMethod, 'client_secret_post', { min: 1, max: 2 }),
  ),

  at(`${exchange}.grantType`, oneOf('TOKEN_EXCHANGE', 'JWT_AUTHORIZATION_GRANT'), true),
  at(`${exchange}.tokenExchangeGrantTypeConfig.actorTokenContent`, oneOf('NONE', 'M2M', 'AWS_IAM_ID_TOKEN_JWT'), true),
  at(`${exchange}.tokenExchangeGrantTypeConfig.actorTokenScopes`, shape.listOf(shape.ScopeType, 'read')),
  at(`${exchange}.onBehalfOfAuthenticationConfig.clientAuthenticationMethod`, oneOf('NO_CLIENT'), true),

  at(`${privateKey}.privateKeySource`, {
    kind: 'union',
    members: { kmsKeySource: { kmsKeyArn: shape.KmsKeyArn.matches?.[0] } },
  }),
  at(`${privateKey}.privateKeySource.kmsKeySource.kmsKeyArn`, shape.KmsKeyArn, true),
  at(`${privateKey}.signingAlgorithm`, oneOf('RS256', 'PS256', 'ES256')),
  at(`${privateKey}.additionalHeaderClaims`, claims),
  at(`${privateKey}.additionalPayloadClaims`, claims),

  ...privateEndpoint(`${custom}.privateEndpoint`),
  at(overrides, {
    kind: 'list',
    min: 0,
    max: 5,
    item: () => ({ domain: 'a', privateEndpoint: { selfManagedLatticeResource: lattice } }),
  }),
  at(`${overrides}.[].domain`, shape.PrivateEndpointOverrideDomain, true),
  ...privateEndpoint(`${overrides}.[].privateEndpoint`, true),
  at(certificate, { kind: 'list', min: 1, max: 1, item: () => ({ s3: certificates.s3 }) }),
  at(`${certificate}.[]`, { kind: 'union', members: certificates }),
  at(`${certificate}.[]~.s3.uri`, shape.CertificateS3Uri, true),
  at(`${certificate}.[]~.s3.bucketOwnerAccountId`, shape.CertificateBucketOwnerAccountId),
  at(`${certificate}.[]~.secretsManager.secretArn`, shape.CertificateSecretArn, true),
]
