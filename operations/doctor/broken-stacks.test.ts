import { describe, expect, test } from '@jest/globals'
import { AwsRefusal, type Input, inFirst } from '../test-support/aws-stub.ts'
import { doctorFinds, doctorSays } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage, told } from '../test-support/examine-stage.ts'
import { PREFIX } from '../test-support/healthy-stage.ts'

const EDGE = `${PREFIX}-edge`

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
])

doctorSays('under way', [
  [
    'a stack that is being changed',
    {
      replies: {
        'cloudformation:DescribeStacks': ofEdge(inFirst('Stacks', { StackStatus: 'UPDATE_IN_PROGRESS' })),
      },
    },
    [`stacks: The stack ${EDGE} is being changed (UPDATE_IN_PROGRESS).`],
  ],
])

describe('doctor finds', () => {
  test('that nothing is deployed, and reports the other checks as not run', async () => {
    const { results } = await examineStage({
      replies: {
        'cloudformation:DescribeStacks': absentStack(''),
        'tagging:GetResources': () => ({ ResourceTagMappingList: [] }),
      },
    })
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

  test('a stack whose deployment ended before it was created, and does not advise to wait', async () => {
    const { results } = await examineStage({
      replies: {
        'cloudformation:DescribeStacks': ofEdge(inFirst('Stacks', { StackStatus: 'REVIEW_IN_PROGRESS', Outputs: [] })),
        'cloudformation:ListStackResources': ofEdge(() => ({ StackResourceSummaries: [] })),
      },
    })
    const stacks = results.find(({ check }) => check === 'stacks')
    expect(stacks?.findings).toEqual([
      {
        kind: 'wrong',
        what: `The stack ${EDGE} was never created (REVIEW_IN_PROGRESS).`,
        mend: expect.stringContaining('npm run deploy'),
      },
    ])
    expect(JSON.stringify(stacks)).not.toContain('Wait')
  })

  test('what a deleted stack has left, also without services', async () => {
    const { results } = await examineStage({ replies: { 'cloudformation:DescribeStacks': absentStack('-services') } })
    const leftovers = told(results, 'by hand').filter((sentence) => sentence.startsWith('leftovers'))
    const named = ['cluster/cluster', 'service/cluster/agent-workload', 'service/cluster/session-binding']
    expect(leftovers.slice(0, 3)).toEqual(
      named.map((name) => expect.stringContaining(`Look at arn:aws:ecs:us-east-1:123456789012:${name}: `)),
    )
    // Two target groups and a log group.
    expect(leftovers).toHaveLength(6)
  })

  test('a missing stack', async () => {
    const { results } = await examineStage({ replies: { 'cloudformation:DescribeStacks': absentStack('-edge') } })
    expect(complaintsOf(results)).toContain('stacks: The stack agent-identity-sandbox-edge is missing.')
    expect(complaintsOf(results)).toContain('firewall: The stack edge is not deployed.')
  })
})
