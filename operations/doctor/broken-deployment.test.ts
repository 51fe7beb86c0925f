import { describe, expect, test } from '@jest/globals'
import { inFirst } from '../test-support/aws-stub.ts'
import { doctorFinds, doctorSays } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage, told } from '../test-support/examine-stage.ts'

doctorFinds([
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
    'a deployment that failed',
    {
      replies: {
        'ecs:DescribeServices': inFirst('services', { deployments: [{ status: 'PRIMARY', rolloutState: 'FAILED' }] }),
      },
    },
    ['services: The last deployment of agent-workload failed.'],
  ],
  [
    'a service that is scaled to nothing',
    { replies: { 'ecs:DescribeServices': inFirst('services', { desiredCount: 0, runningCount: 0 }) } },
    ['services: The service agent-workload has 0 of 0 tasks running.'],
  ],
  [
    'a service that ends',
    { replies: { 'ecs:DescribeServices': inFirst('services', { status: 'DRAINING' }) } },
    ['services: The service agent-workload is DRAINING.'],
  ],
  [
    'a service on another image',
    {
      parts: { expectedImages: async () => ({ 'agent-workload': 'a'.repeat(64), 'session-binding': 'c'.repeat(64) }) },
    },
    ['images: The service session-binding does not run the image that this checkout builds.'],
  ],
  [
    'a target that does not answer beside one that is being registered',
    {
      replies: {
        'elasticloadbalancing:DescribeTargetHealth': (reply, { TargetGroupArn }) =>
          String(TargetGroupArn).includes('workload')
            ? {
                TargetHealthDescriptions: [
                  ...reply.TargetHealthDescriptions,
                  { TargetHealth: { State: 'unhealthy', Reason: 'Target.Timeout' } },
                ],
              }
            : reply,
      },
    },
    ['load balancer targets: 2 of 3 targets of the target group workload are not healthy (initial, Target.Timeout).'],
  ],
  [
    'targets of which none is healthy yet',
    {
      replies: {
        'elasticloadbalancing:DescribeTargetHealth': (reply, { TargetGroupArn }) =>
          String(TargetGroupArn).includes('binding')
            ? { TargetHealthDescriptions: [{ TargetHealth: { State: 'initial' } }] }
            : reply,
      },
    },
    ['load balancer targets: 1 of 1 targets of the target group binding are not healthy (initial).'],
  ],
])

doctorSays('under way', [
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
    'a service with too few tasks',
    { replies: { 'ecs:DescribeServices': inFirst('services', { desiredCount: 3 }) } },
    ['services: The service agent-workload has 1 of 3 tasks running.'],
  ],
  [
    'a service that is set to fewer tasks than its stage says',
    {
      deployment: {
        services: {
          'agent-workload': { cpu: 512, memoryMiB: 1024, minTasks: 3, maxTasks: 3 },
          'session-binding': { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 1 },
        },
      },
      replies: { 'ecs:DescribeServices': inFirst('services', { runningCount: 2 }) },
    },
    ['services: The service agent-workload is set to 2 tasks, below the minTasks of its stage, 3.'],
  ],
])

describe('after a deployment', () => {
  test('doctor looks again, at what was open, until the task has started and its target is healthy', async () => {
    let looks = 0
    const waitedFor: (readonly string[])[] = []
    const { results, calls } = await examineStage({
      replies: {
        'ecs:DescribeServices': (reply) => (looks < 2 ? reply : inFirst('services', { runningCount: 2 })(reply)),
        'elasticloadbalancing:DescribeTargetHealth': (reply) =>
          looks < 1 ? reply : { TargetHealthDescriptions: [{ TargetHealth: { State: 'healthy' } }] },
      },
      pause: async (underWay) => {
        looks++
        waitedFor.push(underWay)
      },
    })
    expect(waitedFor).toEqual([['load balancer targets', 'services'], ['services']])
    expect(told(results, 'wrong', 'under way', 'not checked')).toEqual([])
    const count = (operation: string) => calls.filter((call) => call === operation).length
    expect(count('tagging:GetResources')).toBe(1)
    expect(count('ecs:DescribeServices')).toBe(3)
  })

  test('it looks again at what is wrong as long as AWS is at work on something', async () => {
    let looks = 0
    const { results } = await examineStage({
      replies: {
        'ecs:DescribeServices': (reply) => (looks < 1 ? reply : inFirst('services', { runningCount: 2 })(reply)),
        'elasticloadbalancing:DescribeTargetHealth': () => ({
          TargetHealthDescriptions: [{ TargetHealth: { State: looks < 1 ? 'initial' : 'healthy' } }],
        }),
      },
      pause: async () => void looks++,
    })
    expect(told(results, 'wrong', 'under way', 'not checked')).toEqual([])
  })

  test('what is still under way after that is wrong', async () => {
    let looks = 0
    const { results } = await examineStage({ pause: async () => void looks++ })
    expect(looks).toBe(20)
    expect(complaintsOf(results)).toEqual([
      'load balancer targets: 1 of 2 targets of workload are being registered. It has been so for minutes.',
      'services: The service agent-workload has 1 of 2 tasks running. It has been so for minutes.',
    ])
  })

  test('it does not wait when AWS is at work on nothing', async () => {
    let looks = 0
    const settled = {
      'ecs:DescribeServices': inFirst('services', { runningCount: 2 }),
      'elasticloadbalancing:DescribeTargetHealth': () => ({
        TargetHealthDescriptions: [{ TargetHealth: { State: 'unhealthy' } }],
      }),
    }
    const { results } = await examineStage({ replies: settled, pause: async () => void looks++ })
    expect(looks).toBe(0)
    expect(complaintsOf(results)).toHaveLength(2)
  })
})
