import { describe, expect, test } from '@jest/globals'
import { AwsRefusal, inFirst } from '../test-support/aws-stub.ts'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage } from '../test-support/examine-stage.ts'
import { stackId } from '../test-support/healthy-stacks.ts'
import { PREFIX, RETURN_URL } from '../test-support/healthy-stage.ts'
import { CHECKS_OF_STAGE } from './checks/index.ts'

const refuse = (code: string) => () => {
  throw new AwsRefusal(code, 'a message that must not be repeated', 403)
}
const tagged = (arn: string, stack?: string) => (reply: { ResourceTagMappingList: object[] }) => ({
  ResourceTagMappingList: [
    ...reply.ResourceTagMappingList,
    { ResourceARN: arn, Tags: stack ? [{ Key: 'aws:cloudformation:stack-id', Value: stack }] : [] },
  ],
})
const quotaOfIdentities = (Value: number) => () => ({ Quotas: [{ QuotaName: 'Workload identities', Value }] })
const usesWorkload = (name: string) => (reply: object) =>
  JSON.parse(JSON.stringify(reply).replace(`"WORKLOAD_NAME","value":"${PREFIX}"`, `"WORKLOAD_NAME","value":"${name}"`))
const BUCKET = 'arn:aws:s3:::a-bucket-of-before'
const DISTRIBUTION = 'arn:aws:cloudfront::123456789012:distribution/E1'

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
  [
    'too few vCPUs',
    { replies: { 'servicequotas:GetServiceQuota': () => ({ Quota: { Value: 3 } }) } },
    ['quotas: The account has a quota of 3 vCPUs of Fargate, and 3 are used or may be needed.'],
  ],
  [
    'nearly as many providers as the account may have',
    {
      replies: {
        'servicequotas:ListServiceQuotas': () => ({ Quotas: [{ QuotaName: 'OAuth2 credential providers', Value: 2 }] }),
      },
    },
    ['quotas: The account has a quota of 2 OAuth2 credential providers, and 2 are used or may be needed.'],
  ],
  [
    'nearly as many API keys as the account may have',
    {
      agentcore: (options) => ({
        ...options,
        apiKeyCredentialProviders: [{ name: 'of-another-app', apiKey: 'the-key-of-another-app' }],
      }),
      replies: {
        'servicequotas:ListServiceQuotas': () => ({
          Quotas: [{ QuotaName: 'API key credential providers', Value: 1 }],
        }),
      },
    },
    ['quotas: The account has a quota of 1 API key credential providers, and 1 are used or may be needed.'],
  ],
  [
    'nearly as many workload identities as the account may have',
    { replies: { 'servicequotas:ListServiceQuotas': quotaOfIdentities(1) } },
    ['quotas: The account has a quota of 1 workload identities, and 1 are used or may be needed.'],
  ],
  [
    'no lack of workload identities when half of the quota is used',
    { replies: { 'servicequotas:ListServiceQuotas': quotaOfIdentities(2) } },
    [],
  ],
  [
    'a workload identity that the services do not use any more, and no other stage’s',
    {
      agentcore: (options) => ({
        ...options,
        workloadIdentities: [
          ...(options.workloadIdentities ?? []),
          ...['agents-of-today', `${PREFIX}-2`, `${PREFIX}-github`].map((name) => ({
            name,
            allowedResourceOauth2ReturnUrls: [RETURN_URL],
          })),
        ],
      }),
      replies: { 'ecs:DescribeTaskDefinition': usesWorkload('agents-of-today') },
    },
    [`leftovers: The services do not use the workload identity ${PREFIX}.`],
  ],
  [
    'a resource with our tags and no stack',
    { replies: { 'tagging:GetResources': tagged(BUCKET) } },
    [`leftovers: ${BUCKET} has our tags and belongs to no stack.`],
  ],
  [
    'a resource of a stack that is gone',
    { replies: { 'tagging:GetResources': tagged(BUCKET, stackId('agent-identity-sandbox-of-before')) } },
    [`leftovers: ${BUCKET} has our tags and belongs to no stack.`],
  ],
  [
    'no leftover in the distribution of the same stage in another Region',
    { replies: { 'tagging:GetResources': tagged(DISTRIBUTION, stackId(`${PREFIX}-edge`, 'eu-west-1')) } },
    [],
  ],
  [
    'no leftover in a task, which ECS made',
    { replies: { 'tagging:GetResources': tagged('arn:aws:ecs:us-east-1:123456789012:task/cluster/1') } },
    [],
  ],
  [
    'a provider that is not used any more, and no other stage’s',
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
    [`leftovers: The services do not use the credential provider ${PREFIX}-google-calendar.`],
  ],
  [
    'a secret without its provider',
    {
      replies: {
        'secretsmanager:ListSecrets': () => ({
          SecretList: [
            { Name: `bedrock-agentcore-identity!default/oauth2/${PREFIX}-profile-0123abcd` },
            { Name: `bedrock-agentcore-identity!default/oauth2/${PREFIX}-google-calendar-0123abcd` },
            { Name: `bedrock-agentcore-identity!default/oauth2/${PREFIX}-slack-profile-0123abcd` },
          ],
        }),
      },
    },
    [
      `leftovers: The secret bedrock-agentcore-identity!default/oauth2/${PREFIX}-google-calendar-0123abcd belongs to no credential provider.`,
    ],
  ],
])

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

describe('doctor finds', () => {
  const inIreland = (name: string) => stackId(name, 'eu-west-1')
  const listed = (ResourceARN: string, Value?: string) => ({
    ResourceARN,
    Tags: Value ? [{ Key: 'aws:cloudformation:stack-id', Value }] : [],
  })

  test('the distribution of a deleted stage of another Region in us-east-1, and nothing else there', async () => {
    const { results } = await examineStage({
      context: { region: 'eu-west-1' },
      replies: {
        'cloudformation:DescribeStacks': (reply, { StackName }) =>
          inFirst('Stacks', { StackId: inIreland(String(StackName)) })(reply),
        'tagging:GetResources': (_reply, { ResourceTypeFilters }) => ({
          ResourceTagMappingList: ResourceTypeFilters
            ? [
                listed(DISTRIBUTION, inIreland('agent-identity-sandbox-of-before')),
                listed(`${DISTRIBUTION}-in-use`, inIreland(`${PREFIX}-edge`)),
                listed(`${DISTRIBUTION}-there`, stackId(`${PREFIX}-edge`)),
                listed(`${DISTRIBUTION}-by-hand`),
              ]
            : [],
        }),
      },
    })
    const leftovers = results.filter(({ check }) => check === 'leftovers')
    expect(complaintsOf(leftovers)).toEqual([`leftovers: ${DISTRIBUTION} has our tags and belongs to no stack.`])
  })
})

describe('what doctor cannot check', () => {
  test.each([
    [
      'iam:SimulatePrincipalPolicy',
      ['rights of the task roles', 'functions that end access tokens'].map(
        (check) => `${check}: These credentials may not call IAM:SimulatePrincipalPolicy.`,
      ),
    ],
    ['secretsmanager:GetSecretValue', 'key rings: These credentials may not call SecretsManager:GetSecretValue.'],
    ['bedrock:GetInferenceProfile', 'model: These credentials may not call Bedrock:GetInferenceProfile.'],
  ])('is reported and does not count as ok: %s', async (operation, complaint) => {
    const { results } = await examineStage({ replies: { [operation]: refuse('AccessDeniedException') } })
    expect(complaintsOf(results)).toEqual([complaint].flat())
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
