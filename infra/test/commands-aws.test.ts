import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { STACKS } from '../commands/synthesize.ts'
import type { Template } from '../synthesized-templates.ts'
import type { Call, Reply } from './fake-aws.ts'
import { type Answers, NO_STACK, runCommand } from './run-command.ts'
import { CONTEXTS } from './stages.ts'

const directory = mkdtempSync(join(tmpdir(), 'agent-identity-commands-aws-'))
afterAll(() => rmSync(directory, { recursive: true }))

const run = (args: readonly string[], answers: Answers) => runCommand(directory, args, answers)

const TAKEN: Reply = {
  code: 'InvalidInput',
  message: 'Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.',
}
const ROLES = [
  'ecs.amazonaws.com',
  'ecs.application-autoscaling.amazonaws.com',
  'elasticache.amazonaws.com',
  'elasticloadbalancing.amazonaws.com',
]
const VPC_ORIGINS = 'vpcorigin.cloudfront.amazonaws.com'
const { domainName, certificateArn } = CONTEXTS.production
const PRODUCTION = [
  '--stage',
  'production',
  '-c',
  `domainName=${domainName}`,
  '-c',
  `certificateArn=${certificateArn}`,
  '-c',
  'region=eu-west-1',
]

describe('the roles of AWS’s own services', () => {
  test('bootstrap creates all of them before the CDK starts; existing ones do not stop it', async () => {
    const { of, calls, stderr } = await run(['bootstrap'], { CreateServiceLinkedRole: TAKEN })
    expect(rolesMade(of)).toEqual([...ROLES, VPC_ORIGINS])
    const last = calls.findLastIndex(({ operation }) => operation === 'CreateServiceLinkedRole')
    expect(calls.slice(0, last).map(({ operation }) => operation)).not.toContain('AssumeRole')
    expect(stderr).not.toContain('You may not make')
    expect(stderr).toContain('cdk bootstrap did not finish')
  })

  test('deploy reports that the caller may not create them, and goes on', async () => {
    const { of, stderr } = await run(['deploy'], { DescribeStacks: NO_STACK })
    expect(rolesMade(of)).toEqual([...ROLES, VPC_ORIGINS])
    expect(stderr).toContain('You may not make service-linked roles (iam:CreateServiceLinkedRole)')
    expect(stderr).toContain('cdk deploy did not finish')
  })
})

test('deploy reports all that preflight finds, and starts nothing', async () => {
  const missing: Reply = { status: 400, json: { __type: 'ResourceNotFoundException', message: 'no such thing' } }
  const { stdout, stderr, status, calls } = await run(
    ['deploy', '-c', 'providers=github', '-c', 'githubSecret=agents/githubb'],
    { DescribeStacks: NO_STACK, DescribeSecret: missing, GetSecretValue: missing, GetInferenceProfile: missing },
  )
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toContain('Nothing was deployed, because of:\n- There is no secret agents/githubb')
  expect(stderr).toMatch(/- The inference profile \S+ is not offered in us-east-1/)
  // What the caller may not ask does not stop a deployment.
  expect(stderr).toContain('Could not be asked: whether the quota of Fargate vCPUs is enough')
  const made = calls.filter(({ operation }) => /^(Create|Put|Update|Modify|Delete|Assume)/.test(operation))
  expect(made).toEqual([])
})

test('each deploy --revert-drift makes the call for the callback URL of profile again, and changes nothing else', async () => {
  const written = async (...options: string[]) => {
    await run(['deploy', ...options], { DescribeStacks: NO_STACK })
    const fileOf = (stack: string) => join(directory, 'cdk.out', `agent-identity-sandbox-${stack}.template.json`)
    const resources = STACKS.flatMap((stack) =>
      Object.entries((JSON.parse(readFileSync(fileOf(stack), 'utf8')) as Template).Resources),
    )
    const call = resources.find(([id, { Type }]) => Type === 'Custom::AWS' && id.startsWith('ProfileCallbackUrl'))
    const { RevertDrift: nonce, ...properties } = call?.[1].Properties ?? {}
    if (call) call[1].Properties = properties
    return { nonce, resources }
  }
  const [plain, one, other] = [await written(), await written('--revert-drift'), await written('--revert-drift')]
  expect(plain.nonce).toBeUndefined()
  expect([one.nonce, other.nonce]).toEqual(Array(2).fill(expect.stringMatching(/^[0-9a-f-]{36}$/)))
  expect(other.nonce).not.toBe(one.nonce)
  expect([one.resources, other.resources]).toEqual([plain.resources, plain.resources])
}, 600_000)

const rolesMade = (of: (operation: string) => Record<string, unknown>[]) =>
  of('CreateServiceLinkedRole').map(({ AWSServiceName }) => AWSServiceName)

test('a failed first deployment can continue: only stacks that were never created lose their protection', async () => {
  const statuses: Record<string, string> = {
    'agent-identity-production-network': 'ROLLBACK_COMPLETE',
    'agent-identity-production-edge': 'ROLLBACK_FAILED',
    'agent-identity-production-identity': 'CREATE_COMPLETE',
    'agent-identity-production-session-store': 'UPDATE_ROLLBACK_COMPLETE',
    'agent-identity-production-services': 'UPDATE_ROLLBACK_FAILED',
  }
  const loadBalancer = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1'
  const { of, stdout } = await run(['deploy', '--yes', ...PRODUCTION], {
    CreateServiceLinkedRole: TAKEN,
    DescribeStacks: ({ parameters: { StackName } }) => ({
      xml: `<Stacks><member><StackName>${StackName}</StackName><CreationTime>2026-11-26T08:00:00Z</CreationTime><StackStatus>${statuses[String(StackName)]}</StackStatus><EnableTerminationProtection>true</EnableTerminationProtection></member></Stacks>`,
    }),
    ListStackResources: ({ parameters: { StackName } }) => ({
      xml:
        StackName === 'agent-identity-production-edge'
          ? `<StackResourceSummaries><member><LogicalResourceId>PublicLoadBalancer</LogicalResourceId><PhysicalResourceId>${loadBalancer}</PhysicalResourceId><ResourceType>AWS::ElasticLoadBalancingV2::LoadBalancer</ResourceType><ResourceStatus>DELETE_FAILED</ResourceStatus><LastUpdatedTimestamp>2026-11-26T08:00:00Z</LastUpdatedTimestamp></member></StackResourceSummaries>`
          : '',
    }),
    ModifyLoadBalancerAttributes: {},
    UpdateTerminationProtection: {},
  })
  const lifted = of('UpdateTerminationProtection')
    .filter(({ EnableTerminationProtection }) => EnableTerminationProtection === 'false')
    .map(({ StackName }) => StackName)
  expect(lifted).toEqual(['agent-identity-production-network', 'agent-identity-production-edge'])
  expect(of('ModifyLoadBalancerAttributes')).toMatchObject([
    {
      LoadBalancerArn: loadBalancer,
      'Attributes.member.1.Key': 'deletion_protection.enabled',
      'Attributes.member.1.Value': 'false',
    },
  ])
  expect(stdout).toContain('agent-identity-production-edge was never created')
  // Production needs no role of CloudFront.
  expect(rolesMade(of)).toEqual(ROLES)
})

describe('first-user', () => {
  const WHO = ['first-user', '--email', 'you@example.com', '--name', 'Your Name']
  const DescribeStacks: Reply = {
    xml: '<Stacks><member><StackName>x</StackName><CreationTime>2026-11-26T08:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs><member><OutputKey>SignInUserPoolId3677554C</OutputKey><OutputValue>us-east-1_Example1</OutputValue></member></Outputs></member></Stacks>',
  }
  const exists: Reply = { status: 400, json: { __type: 'UsernameExistsException', message: 'exists' } }

  test('creates the user, who gets the password by e-mail', async () => {
    const { of, stdout, status } = await run(WHO, { DescribeStacks, AdminCreateUser: { json: { User: {} } } })
    expect(of('DescribeStacks')).toMatchObject([{ StackName: 'agent-identity-sandbox-identity' }])
    expect(of('AdminCreateUser')).toEqual([
      {
        UserPoolId: 'us-east-1_Example1',
        Username: 'you@example.com',
        UserAttributes: [
          { Name: 'email', Value: 'you@example.com' },
          { Name: 'email_verified', Value: 'true' },
          { Name: 'name', Value: 'Your Name' },
        ],
        DesiredDeliveryMediums: ['EMAIL'],
      },
    ])
    expect({ stdout, status }).toEqual({
      stdout: 'Cognito sends a temporary password to you@example.com.\n',
      status: 0,
    })
  })

  test('finds production without its domain and certificate', async () => {
    const { of } = await run([...WHO, '--stage', 'production', '-c', 'region=eu-west-1'], { DescribeStacks })
    expect(of('DescribeStacks')).toMatchObject([{ StackName: 'agent-identity-production-identity' }])
  })

  test('sends another mail to a user who has not signed in yet', async () => {
    const { of, status } = await run(WHO, {
      DescribeStacks,
      AdminCreateUser: ({ parameters }) => (parameters.MessageAction === 'RESEND' ? { json: { User: {} } } : exists),
    })
    expect(of('AdminCreateUser')).toHaveLength(2)
    expect(status).toBe(0)
  })

  test.each([
    [
      'who has signed in already',
      WHO,
      {
        DescribeStacks,
        AdminCreateUser: ({ parameters }: Call): Reply =>
          parameters.MessageAction === 'RESEND'
            ? { status: 400, json: { __type: 'UnsupportedUserStateException' } }
            : exists,
      },
      'you@example.com has a password already',
    ],
    [
      'nothing is deployed',
      WHO,
      { DescribeStacks: NO_STACK },
      'There is no stack agent-identity-sandbox-identity in us-east-1',
    ],
    ['no user is named', ['first-user'], {}, 'Say who: npm run first-user'],
  ])('fails with one sentence: %s', async (_what, args, answers, sentence) => {
    const { stderr, status } = await run(args, answers)
    expect(status).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})
