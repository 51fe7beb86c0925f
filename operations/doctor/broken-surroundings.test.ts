import { describe, expect, test } from '@jest/globals'
import { AwsRefusal } from '../test-support/aws-stub.ts'
import { doctorFinds, doctorSays } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage } from '../test-support/examine-stage.ts'
import { stackId } from '../test-support/healthy-stacks.ts'
import { PREFIX } from '../test-support/healthy-stage.ts'
import { CHECKS_OF_STAGE } from './checks/index.ts'

const refuse = (code: string) => () => {
  throw new AwsRefusal(code, 'a message that must not be repeated', 403)
}
const tagged =
  (arn: string, stack?: string, ...others: string[]) =>
  (reply: { ResourceTagMappingList: object[] }) => ({
    ResourceTagMappingList: [
      ...reply.ResourceTagMappingList,
      { ResourceARN: arn, Tags: stack ? [{ Key: 'aws:cloudformation:stack-id', Value: stack }] : [] },
      ...others.map((ResourceARN) => ({ ResourceARN, Tags: [] })),
    ],
  })
const BUCKET = 'arn:aws:s3:::a-bucket-of-before'
const CACHE = 'arn:aws:elasticache:us-east-1:123456789012'
const left = (arn: string) =>
  `leftovers: Look at ${arn}: it has our tags or one of our names, and is in no stack of this stage (any more).`

doctorFinds([
  [
    'an inference profile that is not offered in the Region',
    { replies: { 'bedrock:GetInferenceProfile': refuse('ResourceNotFoundException') } },
    ['model: The inference profile us.amazon.nova-2-lite-v1:0 is not offered in us-east-1.'],
  ],
  [
    'a model that the account may not call yet',
    {
      replies: {
        'bedrock:GetFoundationModelAvailability': (reply) => ({ ...reply, authorizationStatus: 'NOT_AUTHORIZED' }),
      },
    },
    ['model: This account may not call the model amazon.nova-2-lite-v1:0 yet.'],
  ],
])

doctorSays('by hand', [
  [
    'a quota that may be too small',
    { replies: { 'servicequotas:GetServiceQuota': () => ({ Quota: { Value: 2 } }) } },
    [
      'quotas: A deployment with as many tasks as the stage allows needs 3 vCPUs of Fargate, and the account has a quota of 2: ask for more in the Service Quotas console.',
    ],
  ],
  [
    'nothing about a quota that suffices',
    { replies: { 'servicequotas:GetServiceQuota': () => ({ Quota: { Value: 3 } }) } },
    [],
  ],
  ['a bucket with our tags and no stack', { replies: { 'tagging:GetResources': tagged(BUCKET) } }, [left(BUCKET)]],
  [
    'a resource of a stack that is gone',
    { replies: { 'tagging:GetResources': tagged(BUCKET, stackId('agent-identity-sandbox-of-before')) } },
    [left(BUCKET)],
  ],
  [
    'a user group whose name begins like ours, and the nodes of another store',
    {
      replies: {
        'tagging:GetResources': tagged(`${CACHE}:usergroup:${PREFIX}-2`, undefined, `${CACHE}:cluster:nodes2-001`),
      },
    },
    [left(`${CACHE}:usergroup:${PREFIX}-2`), left(`${CACHE}:cluster:nodes2-001`)],
  ],
  [
    'nothing about a distribution, which may be the same stage’s in another Region',
    { replies: { 'tagging:GetResources': tagged('arn:aws:cloudfront::123456789012:distribution/E1') } },
    [],
  ],
  [
    'a provider that is in no stack, and no other stage’s',
    {
      agentcore: (options) => ({
        ...options,
        oauth2CredentialProviders: [
          ...(options.oauth2CredentialProviders ?? []),
          ...[`${PREFIX}-google-calendar`, `${PREFIX}-2-google-calendar`, `${PREFIX}-slack-profile`].map((name) => ({
            name,
            credentialProviderVendor: 'GoogleOauth2',
            oauth2ProviderConfigInput: { googleOauth2ProviderConfig: { clientId: 'id', clientSecret: 'secret' } },
          })),
        ],
      }),
    },
    [
      left(
        `arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/oauth2credentialprovider/${PREFIX}-google-calendar`,
      ),
    ],
  ],
  [
    'an API key that is in no stack',
    {
      agentcore: (options) => ({
        ...options,
        apiKeyCredentialProviders: ['of-another-app', `${PREFIX}-github`].map((name) => ({
          name,
          apiKey: 'the-key-of-an-app',
        })),
      }),
    },
    [
      left(
        `arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/apikeycredentialprovider/${PREFIX}-github`,
      ),
    ],
  ],
])

test('no finding about leftovers advises to delete something', async () => {
  const { results } = await examineStage({
    replies: { 'tagging:GetResources': tagged(`${CACHE}:replicationgroup:old`) },
  })
  const said = results.filter(({ check }) => check === 'leftovers').flatMap(({ findings }) => findings)
  expect(said).toHaveLength(1)
  expect(JSON.stringify(said)).not.toMatch(/delete|remove/i)
})

describe('doctor finds', () => {
  test('a model that is not offered in the Region, without a profile', async () => {
    const { results } = await examineStage({
      context: { modelId: 'amazon.nova-2-lite-v1:0' },
      replies: {
        'bedrock:GetFoundationModelAvailability': (reply) => ({ ...reply, regionAvailability: 'NOT_AVAILABLE' }),
        'ecs:DescribeTaskDefinition': (reply) => JSON.parse(JSON.stringify(reply).replace('us.amazon', 'amazon')),
      },
    })
    expect(complaintsOf(results)).toEqual(['model: The model amazon.nova-2-lite-v1:0 is not offered in us-east-1.'])
  })
})

describe('what doctor cannot check', () => {
  test.each([
    [
      'iam:SimulatePrincipalPolicy',
      'rights of the task roles: These credentials may not call IAM:SimulatePrincipalPolicy.',
    ],
    ['secretsmanager:GetSecretValue', 'key rings: These credentials may not call SecretsManager:GetSecretValue.'],
    ['bedrock:GetInferenceProfile', 'model: These credentials may not call Bedrock:GetInferenceProfile.'],
  ])('is reported and does not count as ok: %s', async (operation, complaint) => {
    const { results } = await examineStage({ replies: { [operation]: refuse('AccessDeniedException') } })
    expect(complaintsOf(results)).toEqual([complaint])
    expect(results.flatMap(({ findings }) => findings).some(({ kind }) => kind === 'wrong')).toBe(false)
  })

  test('is everything when AWS rejects the credentials', async () => {
    const { results, calls } = await examineStage({
      replies: { 'sts:GetCallerIdentity': refuse('InvalidClientTokenId') },
    })
    const [first, ...others] = results
    expect(first).toEqual({
      check: 'region and credentials',
      findings: [
        {
          kind: 'wrong',
          what: 'AWS does not accept these credentials in us-east-1.',
          mend: expect.stringContaining('AWS_PROFILE'),
        },
      ],
    })
    expect(others).toHaveLength(CHECKS_OF_STAGE.length)
    expect(others.every(({ findings }) => findings[0]?.kind === 'not checked')).toBe(true)
    expect(calls).toEqual(['sts:GetCallerIdentity'])
  })
})
