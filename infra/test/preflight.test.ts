import { afterEach, describe, expect, test } from '@jest/globals'
import { findProblems } from '../commands/preflight/preflight.ts'
import { createAwsClients } from '../commands/preflight/questions.ts'
import { type Deployment, readDeployment } from '../read-deployment.ts'
import {
  certificate,
  ec2,
  IN_ORDER,
  listener,
  loadBalancer,
  missing,
  model,
  ofStage,
  SECRET_VALUE,
  SUBNETS,
  stored,
  subnet,
  zone,
} from './aws-in-order.ts'
import { type Call, type Reply, startFakeAws } from './fake-aws.ts'
import type { Answers } from './run-command.ts'
import { CONTEXTS } from './stages.ts'
import { MCP_AT_OWN_PROVIDER, OPENID_PROVIDERS, OWN_LISTENER, OWN_REDIS, OWN_VPC } from './what-you-have.ts'

const ACCOUNT_ID = '123456789012'
const sandbox = readDeployment({ ...CONTEXTS.sandbox, providers: 'github', githubSecret: 'agents/github' })
const production = readDeployment(CONTEXTS.production)
const [anotherId = ''] = production.providers
  .map(({ provider }) => provider.id)
  .filter((id) => !/profile|github/.test(id))
const withYours: Deployment = {
  ...sandbox,
  network: { ...OWN_VPC, interfaceEndpoints: false },
  entrance: OWN_LISTENER,
  sessionStore: OWN_REDIS,
  signIn: OPENID_PROVIDERS.Okta,
  mcp: MCP_AT_OWN_PROVIDER,
}

let aws: Awaited<ReturnType<typeof startFakeAws>> | undefined
afterEach(() => aws?.close())

async function ask(deployment: Deployment, answers: Answers = {}, late = new AbortController()) {
  const fake = await startFakeAws((call) => {
    const reply = { ...IN_ORDER, ...answers }[call.operation]
    return typeof reply === 'function' ? reply(call) : reply
  })
  aws = fake
  const clients = createAwsClients(deployment.region, {
    endpoint: fake.environment.AWS_ENDPOINT_URL,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
  })
  const found = await findProblems({ deployment, accountId: ACCOUNT_ID, aws: clients }, late.signal)
  return { ...found, calls: fake.calls.map(({ operation }) => operation) }
}

test.each([
  ['the sandbox', sandbox],
  ['production', production],
  ['production in a hosted zone', { ...production, entrance: { ...production.entrance, hostedZoneId: 'Z1' } }],
  ['a stage with your network, store and issuer', withYours],
] as [string, Deployment][])('finds nothing in %s when everything is in order', async (_name, deployment) => {
  const { problems, notes } = await ask(deployment)
  expect({ problems, notes }).toEqual({ problems: [], notes: [] })
})

test('asks for each secret that the stage names', async () => {
  await ask(withYours)
  const asked = aws?.calls.flatMap(({ operation, parameters }) =>
    operation === 'DescribeSecret' ? [String(parameters.SecretId)] : [],
  )
  expect(asked?.toSorted()).toEqual(
    [
      'agents/github',
      'agents/oidc',
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:redis/agents-workload-AbCdEf',
      'redis/agents-binding',
      'redis/agents-mcp',
    ].toSorted(),
  )
})

const OF_GITHUB = 'The secret agents/github does not have the OAuth client of github'
const LIKE = 'it must be JSON like {"clientId":"…","clientSecret":"…"}'

describe('a secret', () => {
  test.each([
    [
      'does not exist',
      { DescribeSecret: missing, GetSecretValue: missing },
      'There is no secret agents/github with the OAuth client of github in us-east-1: store it there, or correct the name.',
    ],
    [
      'is marked for deletion',
      { DescribeSecret: { json: { DeletedDate: 1_700_000_000 } } },
      'The secret agents/github with the OAuth client of github is marked for deletion: restore it (aws secretsmanager restore-secret).',
    ],
    ['is no JSON', { GetSecretValue: stored(SECRET_VALUE) }, `${OF_GITHUB}: ${LIKE}.`],
    ['is a JSON string', { GetSecretValue: stored(`"${SECRET_VALUE}"`) }, `${OF_GITHUB}: ${LIKE}.`],
    ['is binary', { GetSecretValue: { json: { SecretBinary: 'AAAA' } } }, `${OF_GITHUB}: ${LIKE}.`],
    [
      'has no client secret',
      { GetSecretValue: stored(JSON.stringify({ clientId: SECRET_VALUE, client_secret: SECRET_VALUE })) },
      `${OF_GITHUB}: "clientSecret" is missing or empty.`,
    ],
    [
      'has an empty client id',
      { GetSecretValue: stored(JSON.stringify({ clientId: '', clientSecret: SECRET_VALUE })) },
      `${OF_GITHUB}: "clientId" is missing or empty.`,
    ],
    [
      'has a line break at its end',
      { GetSecretValue: stored(JSON.stringify({ clientId: 'id', clientSecret: `${SECRET_VALUE}\n` })) },
      `${OF_GITHUB}: "clientSecret" begins or ends with a space or a line break.`,
    ],
  ] as [string, Answers, string][])('that %s is a problem, and is not shown', async (_what, answers, sentence) => {
    const { problems, notes } = await ask(sandbox, answers)
    expect(problems).toEqual([sentence])
    expect(JSON.stringify({ problems, notes })).not.toContain(SECRET_VALUE)
  })

  test('of another Region is a problem', async () => {
    const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:agents/github-AbCdEf'
    const { problems } = await ask({ ...sandbox, providers: sandbox.providers.map((one) => ({ ...one, secret })) })
    expect(problems).toEqual([
      `The secret ${secret} with the OAuth client of github is in eu-west-1: CloudFormation needs it in us-east-1.`,
    ])
  })

  test('that is a password as a whole may have no line break at its end', async () => {
    const { problems } = await ask(withYours, {
      GetSecretValue: (call) =>
        call.parameters.SecretId === 'redis/agents-binding'
          ? stored(`${SECRET_VALUE}\n`)
          : (IN_ORDER.GetSecretValue as (call: Call) => Reply)(call),
    })
    expect(problems).toEqual([
      'The secret redis/agents-binding does not have the session store’s password of session-binding: the value begins or ends with a space or a line break.',
    ])
  })
})

const inZone: Deployment = {
  ...production,
  entrance: { kind: 'own-domain', domainName: 'agents.example.com', hostedZoneId: 'Z1' },
}

test.each([
  [
    'a certificate that is not validated',
    production,
    { DescribeCertificate: certificate({ Status: 'PENDING_VALIDATION' }) },
    ['The certificate is PENDING_VALIDATION, not ISSUED: validate it in the console of ACM, or give another one.'],
  ],
  [
    'a certificate for another name',
    production,
    { DescribeCertificate: certificate({ DomainName: 'example.com' }) },
    ['The certificate is for example.com, not for agents.example.com.'],
  ],
  [
    'a wildcard of another level',
    production,
    { DescribeCertificate: certificate({ DomainName: '*.agents.example.com', SubjectAlternativeNames: ['*.com'] }) },
    ['The certificate is for *.agents.example.com, *.com, not for agents.example.com.'],
  ],
  [
    'a certificate that is not there',
    production,
    { DescribeCertificate: missing },
    [`There is no certificate ${CONTEXTS.production.certificateArn}: correct certificateArn.`],
  ],
  [
    'a certificate of another account',
    {
      ...production,
      entrance: {
        ...inZone.entrance,
        hostedZoneId: undefined,
        certificateArn: 'arn:aws:acm:eu-west-1:999999999999:certificate/x',
      },
    },
    {},
    ['The certificate belongs to account 999999999999: the load balancer needs one of account 123456789012.'],
  ],
  [
    'another hosted zone',
    inZone,
    { GetHostedZone: zone('ample.com.') },
    ['The hosted zone Z1 is for ample.com, which agents.example.com is not in.'],
  ],
  [
    'a private hosted zone',
    inZone,
    { GetHostedZone: zone('example.com.', true) },
    ['The hosted zone Z1 is private: the address needs a record in a public zone.'],
  ],
  [
    'a hosted zone that is not there',
    inZone,
    { GetHostedZone: { status: 404, code: 'NoSuchHostedZone' } },
    ['There is no hosted zone Z1 in this account: correct hostedZoneId.'],
  ],
  [
    'a model without access',
    sandbox,
    { GetFoundationModelAvailability: model({ authorizationStatus: 'NOT_AUTHORIZED' }) },
    [expect.stringContaining('This account may not call the model')],
  ],
  [
    'an inference profile of another Region',
    sandbox,
    { GetInferenceProfile: missing },
    [expect.stringContaining('is not offered in us-east-1. Choose another one')],
  ],
  [
    'a quota of Fargate below the smallest number of tasks',
    production,
    { GetServiceQuota: { json: { Quota: { Value: 2 } } } },
    [expect.stringMatching(/^The services need 2\.5 vCPUs of Fargate, and the account has a quota of 2\. /)],
  ],
  [
    'five VPCs',
    sandbox,
    { DescribeVpcs: ec2('DescribeVpcs', 'vpcSet', Array(5).fill('<vpcId>vpc-x</vpcId>')) },
    [expect.stringMatching(/^The deployment makes 1 VPCs; the account has 5 in us-east-1, and a quota of 5\. /)],
  ],
  [
    'too few addresses for two NAT gateways',
    production,
    { DescribeAddresses: ec2('DescribeAddresses', 'addressesSet', Array(4).fill('<publicIp>192.0.2.1</publicIp>')) },
    [
      expect.stringMatching(
        /^The deployment makes 2 Elastic IP addresses; the account has 4 in eu-west-1, and a quota of 5\. /,
      ),
    ],
  ],
  [
    'a VPC that is not there',
    withYours,
    { DescribeVpcs: ec2('DescribeVpcs', 'vpcSet', []) },
    [`There is no VPC ${OWN_VPC.vpcId} in us-east-1: correct network.vpcId.`],
  ],
  [
    'a subnet that is not there',
    withYours,
    { DescribeSubnets: ec2('DescribeSubnets', 'subnetSet', SUBNETS.slice(1)) },
    [`There is no subnet subnet-0aaaaaaaaaaaaaaa1 in ${OWN_VPC.vpcId}.`],
  ],
  [
    'a subnet of another VPC',
    withYours,
    {
      DescribeSubnets: ec2('DescribeSubnets', 'subnetSet', [
        ...SUBNETS.slice(1),
        subnet('subnet-0aaaaaaaaaaaaaaa1', 'us-east-1a', 'vpc-of-others'),
      ]),
    },
    [`There is no subnet subnet-0aaaaaaaaaaaaaaa1 in ${OWN_VPC.vpcId}.`],
  ],
  [
    'a subnet of another zone',
    withYours,
    {
      DescribeSubnets: ec2('DescribeSubnets', 'subnetSet', [
        ...SUBNETS.slice(1),
        subnet('subnet-0aaaaaaaaaaaaaaa1', 'us-east-1c'),
      ]),
    },
    ['The subnet subnet-0aaaaaaaaaaaaaaa1 is in us-east-1c; its position in the stage says us-east-1a.'],
  ],
  [
    'a security group that is not there',
    withYours,
    {
      DescribeSecurityGroups: ec2('DescribeSecurityGroups', 'securityGroupInfo', [
        `<groupId>${OWN_LISTENER.securityGroupId}</groupId>`,
      ]),
    },
    ['There is no security group sg-0fedcba9876543210 in us-east-1.'],
  ],
  [
    'a listener that is not there',
    withYours,
    { DescribeListeners: { code: 'ListenerNotFound' } },
    [`There is no listener ${OWN_LISTENER.listenerArn}: correct entrance.listenerArn.`],
  ],
  [
    'a listener without TLS, in another VPC, with another security group',
    withYours,
    { DescribeListeners: listener('HTTP'), DescribeLoadBalancers: loadBalancer('vpc-x', 'sg-x') },
    [
      expect.stringContaining('speaks HTTP:'),
      expect.stringContaining('is in vpc-x'),
      expect.stringContaining(`does not have the security group ${OWN_LISTENER.securityGroupId}`),
    ],
  ],
] as [string, Deployment, Answers, unknown[]][])(
  'finds %s, and nothing else',
  async (_what, deployment, answers, sentences) => {
    const { problems } = await ask(deployment, answers)
    expect(problems).toEqual(sentences)
  },
)

test('what this stage has from an earlier deployment is not counted twice', async () => {
  const vpcs = (tags: string) =>
    ec2('DescribeVpcs', 'vpcSet', [...Array(4).fill('<vpcId>vpc-x</vpcId>'), `<vpcId>vpc-y</vpcId>${tags}`])
  expect((await ask(sandbox, { DescribeVpcs: vpcs(ofStage('sandbox')) })).problems).toEqual([])
  aws?.close()
  expect((await ask(sandbox, { DescribeVpcs: vpcs(ofStage('another')) })).problems).toHaveLength(1)
})

test('a quota that only the maximum of tasks exceeds is a note', async () => {
  const { problems, notes } = await ask(production, {
    GetServiceQuota: ({ parameters: { ServiceCode } }) => ({
      json: { Quota: { Value: ServiceCode === 'fargate' ? 6 : 5 } },
    }),
  })
  expect(problems).toEqual([])
  expect(notes).toEqual([
    expect.stringMatching(/^At their maximum, during a deployment, .* 23 vCPUs of Fargate, .* quota of 6\.$/),
  ])
})

test('reports all problems at once', async () => {
  const { problems } = await ask(production, {
    DescribeSecret: missing,
    GetSecretValue: missing,
    DescribeCertificate: certificate({ Status: 'EXPIRED' }),
    GetInferenceProfile: missing,
    GetFoundationModelAvailability: missing,
  })
  expect(problems.join('\n')).toMatch(
    new RegExp(`no secret agents/github[^]*no secret agents/${anotherId}[^]*EXPIRED[^]*is not offered in eu-west-1`),
  )
  expect(problems).toHaveLength(4)
})

test('what AWS does not let the caller ask is a note, not a problem', async () => {
  const refused: Reply = { status: 400, json: { __type: 'AccessDeniedException', message: SECRET_VALUE } }
  const { problems, notes } = await ask(sandbox, {
    GetSecretValue: refused,
    DescribeVpcs: { code: 'UnauthorizedOperation' },
  })
  expect(problems).toEqual([])
  expect(notes).toEqual([
    'Could not be asked: whether the secret agents/github has the right form (AccessDeniedException).',
    expect.stringMatching(/^Could not be asked: whether the quota of VPCs is enough \(/),
  ])
})

test('what AWS does not answer in time is a note', async () => {
  const late = new AbortController()
  const fakeAnswers: Answers = {
    // Its question has been asked, and gets no answer before the time limit.
    DescribeAddresses: () => {
      late.abort()
      return { status: 500, code: 'InternalError' }
    },
  }
  const { problems, notes } = await ask(sandbox, fakeAnswers, late)
  expect(problems).toEqual([])
  expect(notes).toContain(
    'Could not be asked: whether the quota of Elastic IP addresses is enough (no answer in time).',
  )
})
