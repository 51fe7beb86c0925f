import { describe, expect, test } from '@jest/globals'
import { AwsRefusal, type Input } from '../test-support/aws-stub.ts'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage } from '../test-support/examine-stage.ts'
import { APP, PREFIX } from '../test-support/healthy-stage.ts'

const EDGE = `${PREFIX}-edge`

/** @returns the reply with these members in the first item of its list */
const inFirst = (list: string, change: object) => (reply: { [list: string]: object[] }) => ({
  ...reply,
  [list]: (reply[list] ?? []).map((item, index) => (index === 0 ? { ...item, ...change } : item)),
})
/** Only CloudFormation's answer about the edge. */
const ofEdge =
  (change: (reply: never) => object) =>
  (reply: object, { StackName }: Input) =>
    StackName === EDGE ? change(reply as never) : reply

const absentStack =
  (name: string) =>
  (reply: object, { StackName }: Input) => {
    if (String(StackName).endsWith(name))
      throw new AwsRefusal('ValidationError', `Stack with id ${StackName} does not exist`)
    return reply
  }
doctorFinds([
  [
    'a stack whose last change was taken back',
    {
      replies: {
        'cloudformation:DescribeStacks': ofEdge(inFirst('Stacks', { StackStatus: 'UPDATE_ROLLBACK_COMPLETE' })),
      },
    },
    [`stacks: The stack ${EDGE} is UPDATE_ROLLBACK_COMPLETE.`],
  ],
  [
    'a stack that is being changed',
    {
      replies: {
        'cloudformation:DescribeStacks': ofEdge(inFirst('Stacks', { StackStatus: 'UPDATE_IN_PROGRESS' })),
      },
    },
    [`stacks: The stack ${EDGE} is being changed (UPDATE_IN_PROGRESS).`],
  ],
  [
    'a stack that could not be taken back, and the resource that failed',
    {
      replies: {
        'cloudformation:DescribeStacks': ofEdge(inFirst('Stacks', { StackStatus: 'UPDATE_ROLLBACK_FAILED' })),
        'cloudformation:ListStackResources': ofEdge(
          inFirst('StackResourceSummaries', { ResourceStatus: 'UPDATE_FAILED' }),
        ),
      },
    },
    [`stacks: The stack ${EDGE} is UPDATE_ROLLBACK_FAILED, and these resources failed: LoadBalancer0.`],
  ],
  [
    'a stack that could not be deleted, and the resource that is in the way',
    {
      replies: {
        'cloudformation:DescribeStacks': ofEdge(inFirst('Stacks', { StackStatus: 'DELETE_FAILED' })),
        'cloudformation:ListStackResources': ofEdge(
          inFirst('StackResourceSummaries', { ResourceStatus: 'DELETE_FAILED' }),
        ),
      },
    },
    [`stacks: The stack ${EDGE} is DELETE_FAILED, and these resources failed: LoadBalancer0.`],
  ],
  [
    'a VPC origin that is still being deployed',
    { replies: { 'cloudfront:GetVpcOrigin': () => ({ VpcOrigin: { Id: 'vo_1', Status: 'Deploying' } }) } },
    ['CloudFront and its VPC origin: The VPC origin vo_1 is Deploying, not Deployed.'],
  ],
  [
    'a distribution that is switched off and still being deployed',
    {
      replies: {
        'cloudfront:GetDistribution': () => ({
          Distribution: { Id: 'D1', Status: 'InProgress', DistributionConfig: { Enabled: false } },
        }),
      },
    },
    [
      'CloudFront and its VPC origin: The distribution D1 is InProgress, not Deployed.',
      'CloudFront and its VPC origin: The distribution D1 is switched off.',
    ],
  ],
  [
    'a load balancer without a firewall',
    { replies: { 'wafv2:GetWebACLForResource': () => ({}) } },
    ['firewall: The load balancer has no firewall.'],
  ],
  [
    'a load balancer with another firewall',
    { replies: { 'wafv2:GetWebACLForResource': ({ WebACL }) => ({ WebACL: { ...WebACL, Id: 'other' } }) } },
    ['firewall: The load balancer has another firewall than the deployed one.'],
  ],
  [
    'a firewall without a log',
    {
      replies: {
        'wafv2:GetLoggingConfiguration': () => {
          throw new AwsRefusal('WAFNonexistentItemException', 'none')
        },
      },
    },
    ['firewall: The firewall writes no log.'],
  ],
  [
    'a firewall whose log shows queries',
    {
      replies: {
        'wafv2:GetLoggingConfiguration': ({ LoggingConfiguration }) => ({
          LoggingConfiguration: { ...LoggingConfiguration, RedactedFields: [{ SingleHeader: { Name: 'cookie' } }] },
        }),
      },
    },
    ["firewall: The firewall's log shows queries or cookies, and with them secrets."],
  ],
  [
    'a target that does not answer',
    {
      replies: {
        'elasticloadbalancing:DescribeTargetHealth': (reply, { TargetGroupArn }) =>
          String(TargetGroupArn).includes('workload')
            ? { TargetHealthDescriptions: [{ TargetHealth: { State: 'unhealthy', Reason: 'Target.Timeout' } }] }
            : reply,
      },
    },
    ['load balancer targets: 1 of 1 targets of the target group workload are not healthy (Target.Timeout).'],
  ],
  [
    'a target group that only has targets that leave',
    {
      replies: {
        'elasticloadbalancing:DescribeTargetHealth': (reply, { TargetGroupArn }) =>
          String(TargetGroupArn).includes('binding')
            ? { TargetHealthDescriptions: [{ TargetHealth: { State: 'draining' } }] }
            : reply,
      },
    },
    ['load balancer targets: The target group binding has no targets.'],
  ],
  [
    'a service with too few tasks',
    { replies: { 'ecs:DescribeServices': inFirst('services', { desiredCount: 2 }) } },
    ['services: The service agent-workload has 1 of 2 tasks running.'],
  ],
  [
    'a service that is scaled to nothing',
    { replies: { 'ecs:DescribeServices': inFirst('services', { desiredCount: 0, runningCount: 0 }) } },
    ['services: The service agent-workload has 0 of 0 tasks running.'],
  ],
  [
    'a deployment that failed',
    {
      replies: {
        'ecs:DescribeServices': inFirst('services', { deployments: [{ status: 'PRIMARY', rolloutState: 'FAILED' }] }),
      },
    },
    ['services: The last deployment of agent-workload failed.'],
  ],
  [
    'a deployment that is under way',
    {
      replies: {
        'ecs:DescribeServices': inFirst('services', {
          deployments: [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' }],
        }),
      },
    },
    ['services: A deployment of agent-workload is under way.'],
  ],
  [
    'a service that ends',
    { replies: { 'ecs:DescribeServices': inFirst('services', { status: 'DRAINING' }) } },
    ['services: The service agent-workload is DRAINING.'],
  ],
  [
    'services that were told another address',
    {
      replies: {
        'cloudformation:DescribeStacks': inFirst('Stacks', {
          StackId: undefined,
          Outputs: [{ OutputKey: 'Address', OutputValue: 'https://new.cloudfront.net' }],
        }),
        'tagging:GetResources': () => ({ ResourceTagMappingList: [] }),
      },
    },
    [
      `services: The service agent-workload has the address ${APP} in its configuration, not https://new.cloudfront.net.`,
      `services: The service session-binding has the address ${APP} in its configuration, not https://new.cloudfront.net.`,
    ],
  ],
  [
    'a service on another image',
    {
      parts: { expectedImages: async () => ({ 'agent-workload': 'a'.repeat(64), 'session-binding': 'c'.repeat(64) }) },
    },
    ['images: The service session-binding does not run the image that this checkout builds.'],
  ],
])

describe('doctor finds', () => {
  test('that nothing is deployed, and reports the other checks as not run', async () => {
    const { results } = await examineStage({ replies: { 'cloudformation:DescribeStacks': absentStack('') } })
    const wrong = results.filter(({ findings }) => findings.some(({ kind }) => kind === 'wrong'))
    expect(wrong).toEqual([
      {
        check: 'stacks',
        findings: [
          {
            kind: 'wrong',
            what: 'Nothing of agent-identity-sandbox is deployed in us-east-1 of this account.',
            mend: expect.stringContaining('-c region='),
          },
        ],
      },
    ])
    expect(complaintsOf(results)).toContain('services: The stack services is not deployed.')
  })

  test.each([
    ['UPDATE_ROLLBACK_COMPLETE', 'npm run deploy'],
    ['UPDATE_ROLLBACK_FAILED', 'aws cloudformation continue-update-rollback'],
    ['DELETE_FAILED', 'npm run destroy'],
    ['ROLLBACK_COMPLETE', 'npm run deploy'],
  ])('the mend of a stack that is %s: %s', async (StackStatus, mend) => {
    const { results } = await examineStage({
      replies: { 'cloudformation:DescribeStacks': ofEdge(inFirst('Stacks', { StackStatus })) },
    })
    expect(results.flatMap(({ findings }) => findings.filter(({ kind }) => kind === 'wrong'))).toEqual([
      { kind: 'wrong', what: `The stack ${EDGE} is ${StackStatus}.`, mend: expect.stringContaining(mend) },
    ])
  })

  test('a missing stack', async () => {
    const { results } = await examineStage({ replies: { 'cloudformation:DescribeStacks': absentStack('-edge') } })
    expect(complaintsOf(results)).toContain('stacks: The stack agent-identity-sandbox-edge is missing.')
    expect(complaintsOf(results)).toContain('firewall: The stack edge is not deployed.')
  })

  test('a missing VPC origin and target group', async () => {
    const without = (type: string) => (reply: { StackResourceSummaries: { ResourceType: string }[] }) => ({
      StackResourceSummaries: reply.StackResourceSummaries.filter(({ ResourceType }) => !ResourceType.endsWith(type)),
    })
    const noOrigin = await examineStage({ replies: { 'cloudformation:ListStackResources': without('VpcOrigin') } })
    expect(complaintsOf(noOrigin.results)).toEqual([
      'CloudFront and its VPC origin: There is no VPC origin: CloudFront cannot reach the load balancer.',
    ])
    const noTargets = await examineStage({ replies: { 'cloudformation:ListStackResources': without('TargetGroup') } })
    expect(complaintsOf(noTargets.results)).toEqual([
      'load balancer targets: The load balancer does not have a target group for each of the two services.',
    ])
  })
})
