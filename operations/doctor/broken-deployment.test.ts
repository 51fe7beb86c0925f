import { describe, expect, test } from '@jest/globals'
import { AwsRefusal, inFirst } from '../test-support/aws-stub.ts'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage } from '../test-support/examine-stage.ts'
import { APP } from '../test-support/healthy-stage.ts'

doctorFinds([
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
          LoggingConfiguration: {
            ...LoggingConfiguration,
            RedactedFields: LoggingConfiguration.RedactedFields.slice(1),
          },
        }),
      },
    },
    ["firewall: The firewall's log shows queries or headers with secrets."],
  ],
  [
    'a firewall whose log shows the access tokens of MCP clients',
    {
      replies: {
        'wafv2:GetLoggingConfiguration': ({ LoggingConfiguration }) => ({
          LoggingConfiguration: {
            ...LoggingConfiguration,
            RedactedFields: LoggingConfiguration.RedactedFields.filter(
              ({ SingleHeader }: { SingleHeader?: { Name: string } }) => SingleHeader?.Name !== 'authorization',
            ),
          },
        }),
      },
    },
    ["firewall: The firewall's log shows queries or headers with secrets."],
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
    [
      'services: The service agent-workload has 0 of 0 tasks running.',
      'services: The service agent-workload is set to 0 tasks, below the minTasks of its stage, 1.',
    ],
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
      'load balancer targets: The load balancer does not have a target group for each of the services.',
    ])
  })
})
