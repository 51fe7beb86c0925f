import type { Kind } from './constraint-kinds.ts'

const fill = (character: string) => (length: number) => character.repeat(Math.max(0, length))
/** `beginning`, filled up with `character`, and `end`. */
const begin =
  (beginning: string, character: string, end = '') =>
  (length: number) =>
    `${beginning}${character.repeat(Math.max(0, length - beginning.length - end.length))}${end}`

const text = (
  min: number | undefined,
  max: number | undefined,
  more: Partial<Extract<Kind, { kind: 'text' }>> = {},
): Extract<Kind, { kind: 'text' }> => ({
  kind: 'text',
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
  sample: fill('a'),
  ...more,
})

export const WorkloadIdentityNameType = text(3, 255, {
  mismatches: ['with space', 'a/b', 'a:b', 'ümlaut', 'line\nbreak', 'abc\n'],
  matches: ['Az09_.-'],
})
export const CredentialProviderName = text(1, 128, {
  mismatches: ['a b', 'a.b', 'a/b', 'é', 'a\n'],
  matches: ['Az09-_'],
})
export const UserIdType = text(1, 128, { matches: ['cognito+user 1', '🙂'.repeat(128)] })
export const UserTokenType = text(1, 131072, {
  sample: begin('a.b.', 'c'),
  shortest: 5,
  mismatches: ['a.b', 'abcd', 'a..b', '..a..', 'a.b.c d', 'a b c!d', 'a\nb\nc', 'a.b.c.d!', '!a.b.c'],
  // The dots of the model's pattern are not escaped: each matches any character but a line break.
  matches: ['eyJ.eyJ.sig-_=', 'abcde', 'a!b!c'],
})
export const WorkloadIdentityTokenType = text(1, 131072, { matches: ['any thing'] })
export const RequestUri = text(1, 1024, {
  sample: begin('urn:ietf:params:oauth:request_uri:', 'a'),
  shortest: 35,
  mismatches: [
    'urn:ietf:params:oauth:request_uri:',
    'urn:ietf:params:oauth:request_uri:a b',
    'urn:ietf:params:oauth:request_uri:a/b',
    'x urn:ietf:params:oauth:request_uri:a',
    'https://request.example/uri',
  ],
  matches: ['urn:ietf:params:oauth:request_uri:Az09-._~'],
})
export const ResourceOauth2ReturnUrlType = text(1, 2048, {
  sample: begin('https://a.example/', 'a'),
  shortest: 19,
  mismatches: ['/relative', 'no scheme', 'https:', 'https://a b', ' https://a', '-x:y'],
  matches: ['http://localhost:8080/callback', 'myapp:callback', 'a:/b'],
})
export const ScopeType = text(1, 128, { matches: ['https://www.googleapis.com/auth/calendar.readonly'] })
export const ResourceType = text(1, 2048)
export const State = text(1, 4096, { matches: ['any thing & more'] })
export const CustomRequestKeyType = text(1, 256, {
  mismatches: ['a b', 'a/b', 'ä'],
  matches: ['access_type', 'Az09-_.'],
})
export const CustomRequestValueType = text(1, 2048)
export const ClientIdType = text(1, 256)
export const DefaultClientIdType = text(0, 256)
export const DefaultClientSecretType = text(0, 2048)
export const DefaultApiKeyType = text(0, 65536)
export const SecretIdType = text(1, 2048)
export const SecretJsonKeyType = text(1, 128)
export const TenantIdType = text(1, 2048)
export const AnyString = text(undefined, undefined)
export const DiscoveryUrlType = text(undefined, undefined, {
  mismatches: [
    'https://idp.example',
    'https://idp.example/.well-known/other',
    'https://idp.example/.well-known/openid-configuration?x=1',
    'https://idp.example/.well-known/openid-configuration/',
    'https://idp.example/a b/.well-known/openid-configuration',
    '/.well-known/openid-configuration',
  ],
  matches: [
    'https://idp.example/.well-known/openid-configuration',
    'https://idp.example/tenant/.well-known/oauth-authorization-server',
    'https://idp.example/.well-known/oauth-authorization-server/tenant',
  ],
})
export const TokenAuthMethod = text(undefined, undefined, {
  mismatches: ['none', 'private_key_jwt', 'client_secret_post '],
  matches: ['client_secret_post', 'client_secret_basic'],
})
export const AdditionalClaimName = text(1, 255, { mismatches: ['a b', 'a/b'], matches: ['Az09_.:#-'] })
export const AdditionalClaimValue = text(1, 2048)
const KEY = `arn:aws:kms::123456789012:key/${'a'.repeat(36)}`
export const KmsKeyArn = text(1, 2048, {
  sample: begin('arn:aws:kms:', 'r', KEY.slice('arn:aws:kms:'.length)),
  shortest: KEY.length,
  mismatches: ['alias/mine', `${KEY}a`, KEY.slice(0, -1), KEY.replace('aws', 'aws-iso'), KEY.replace('kms', 's3')],
  matches: [KEY, KEY.replace('aws', 'aws-cn'), KEY.replace('aws', 'aws-us-gov')],
})
export const TokenVaultIdType = text(1, 64, { mismatches: ['a b', 'a.b'], matches: ['Az09-_'] })
export const TagKey = text(1, 128, { mismatches: ['a!', 'a;b', 'ä'], matches: ['aws:Az09 ._:/=+@-'] })
const TagValue = text(0, 256, { mismatches: ['a!', 'ä'], matches: ['Az09 ._:/=+@-'] })
export const TagsMap: Kind = { kind: 'map', min: 0, max: 50, keyKind: TagKey, valueKind: TagValue }
const IDENTITY =
  'arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default/workload-identity/'
export const TaggableResourcesArn = text(20, 1011, {
  sample: begin(IDENTITY, 'a'),
  shortest: IDENTITY.length + 1,
  mismatches: [
    'arn:aws:s3:::a-bucket-of-mine',
    'arn:aws:bedrock-agentcore:us-east-1:123:token-vault/default',
    'arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault',
    'arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/',
  ],
  matches: [
    `${IDENTITY}a`,
    'arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/oauth2credentialprovider/a',
  ],
})
export const ResourceConfigurationIdentifier = text(20, 2048, {
  sample: begin('arn:aws:vpc-lattice:', 'r', `:123456789012:resourceconfiguration/rcfg-${'a'.repeat(17)}`),
  shortest: 77,
  mismatches: [`rcfg-${'a'.repeat(18)}`, `rcfg-${'A'.repeat(17)}`],
  matches: [`rcfg-${'a'.repeat(17)}`],
})
export const VpcIdentifier = text(undefined, undefined, {
  mismatches: ['vpc-1234567', 'vpc-123456789', `vpc-${'A'.repeat(8)}`],
  matches: ['vpc-12345678', `vpc-${'a'.repeat(17)}`],
})
export const SubnetId = text(undefined, undefined, {
  mismatches: ['subnet-1234567', `subnet-${'a'.repeat(18)}`],
  matches: ['subnet-12345678', `subnet-${'A'.repeat(17)}`],
})
export const SecurityGroupIdentifier = text(undefined, undefined, {
  mismatches: ['sg-1234567', 'sg-123456789'],
  matches: ['sg-12345678', `sg-${'a'.repeat(17)}`],
})
export const RoutingDomain = text(3, 255)
export const PrivateEndpointOverrideDomain = text(1, 253)
export const CertificateS3Uri = text(undefined, undefined, {
  mismatches: ['s3://', 'https://bucket/ca.pem', `s3://${'a'.repeat(2044)}`],
  matches: ['s3://bucket/ca.pem', `s3://${'a'.repeat(2043)}`],
})
export const CertificateBucketOwnerAccountId = text(undefined, undefined, {
  mismatches: ['12345678901', '1234567890123', 'abcdefghijkl'],
  matches: ['123456789012'],
})
const CA_SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:ca'
export const CertificateSecretArn = text(undefined, undefined, {
  mismatches: ['ca', CA_SECRET.replace('us-east-1', 'US'), CA_SECRET.slice(0, -2)],
  matches: [CA_SECRET, CA_SECRET.replace('arn:aws', 'arn:aws-cn')],
})

export const listOf = (itemKind: Kind, sample: unknown, limits: { min?: number; max?: number } = {}): Kind => ({
  kind: 'list',
  ...limits,
  item: () => sample,
  itemKind,
})
