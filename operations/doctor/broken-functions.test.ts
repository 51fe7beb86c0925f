import { describe, expect, test } from '@jest/globals'
import { AwsRefusal, notFound } from '../test-support/aws-stub.ts'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { complaintsOf, examineStage } from '../test-support/examine-stage.ts'
import { CUSTOMER_KEY } from '../test-support/healthy-stacks.ts'
import { membersOf, roleOf } from '../test-support/healthy-stage.ts'

const CHECK = 'functions that end access tokens'
const none = `${CHECK}: No function ends access tokens of github: its users cannot disconnect it there.`
const unreadable = `${CHECK}: The function that ends access tokens of github may not read its client’s secret.`

const ofClient = (change: object) => (reply: object, input: { SecretId?: unknown }) =>
  input.SecretId === 'agents/github' ? { ...reply, ...change } : reply

const mayCall = (service: string, decision: string) => (reply: { EvaluationResults: object[] }, input: object) =>
  membersOf(input as never, 'ActionNames').includes('lambda:InvokeFunction') &&
  (input as { PolicySourceArn?: string }).PolicySourceArn === roleOf(service)
    ? { ...reply, EvaluationResults: reply.EvaluationResults.map((one) => ({ ...one, EvalDecision: decision })) }
    : reply

interface Evaluated {
  EvalActionName: string
  EvalResourceName: string
}

const functionMay =
  (allowed: Record<string, string>) =>
  (reply: { EvaluationResults: Evaluated[] }, input: { PolicySourceArn?: unknown }) =>
    input.PolicySourceArn === roleOf('function')
      ? {
          ...reply,
          EvaluationResults: reply.EvaluationResults.map((one) => ({
            ...one,
            EvalDecision: allowed[one.EvalActionName] === one.EvalResourceName ? 'allowed' : 'implicitDeny',
          })),
        }
      : reply

const READ = { 'secretsmanager:GetSecretValue': 'agents/github' }

doctorFinds([
  ['a function that is gone', { replies: { 'lambda:GetFunctionConfiguration': notFound } }, [none]],
  [
    'a function that did not come up',
    {
      replies: {
        'lambda:GetFunctionConfiguration': (reply) => ({ ...reply, State: 'Failed', LastUpdateStatus: 'Failed' }),
      },
    },
    [
      `${CHECK}: The function that ends access tokens of github is Failed.`,
      `${CHECK}: The last update of the function that ends access tokens of github failed.`,
    ],
  ],
  [
    'an agent workload that may not call it',
    { replies: { 'iam:SimulatePrincipalPolicy': mayCall('agent-workload', 'implicitDeny') } },
    [`${CHECK}: The task role of agent-workload may not call the function that ends access tokens of github.`],
  ],
  [
    'a session binding that may call it',
    { replies: { 'iam:SimulatePrincipalPolicy': mayCall('session-binding', 'allowed') } },
    [`${CHECK}: The task role of session-binding may call the function that ends access tokens of github.`],
  ],
  [
    'a client’s secret that is being deleted',
    { replies: { 'secretsmanager:DescribeSecret': ofClient({ DeletedDate: 1_900_000_000 }) } },
    [`${CHECK}: The secret with the OAuth client of github does not exist.`],
  ],
  [
    'a client’s secret that the function may not read, although it may use the key',
    {
      replies: {
        'secretsmanager:DescribeSecret': ofClient({ KmsKeyId: CUSTOMER_KEY }),
        'iam:SimulatePrincipalPolicy': functionMay({ 'kms:Decrypt': CUSTOMER_KEY }),
      },
    },
    [unreadable],
  ],
  [
    'nothing amiss without a permission for the key that AWS manages',
    {
      replies: {
        'iam:SimulatePrincipalPolicy': functionMay(READ),
        'kms:DescribeKey': (reply) => ({ KeyMetadata: { ...reply.KeyMetadata, KeyManager: 'AWS' } }),
      },
    },
    [],
  ],
  [
    'nothing amiss without a permission for that key when the secret does not name it',
    {
      replies: {
        'iam:SimulatePrincipalPolicy': functionMay(READ),
        'secretsmanager:DescribeSecret': ofClient({ KmsKeyId: undefined }),
      },
    },
    [],
  ],
])

describe.each([
  ['its ARN', CUSTOMER_KEY],
  ['its id', CUSTOMER_KEY.split('/')[1]],
  ['an alias', 'alias/ours'],
  ['the ARN of an alias', CUSTOMER_KEY.replace(/key.*/, 'alias/ours')],
])('a client’s secret that names its key by %s', (_what, KmsKeyId) => {
  const described = { 'secretsmanager:DescribeSecret': ofClient({ KmsKeyId }) }

  test('is wrong when the function may not use the key', async () => {
    const replies = { ...described, 'iam:SimulatePrincipalPolicy': functionMay(READ) }
    expect(complaintsOf((await examineStage({ replies })).results)).toEqual([unreadable])
  })

  test('is in order when the function may use it', async () => {
    const may = functionMay({ ...READ, 'kms:Decrypt': CUSTOMER_KEY })
    const replies = { ...described, 'iam:SimulatePrincipalPolicy': may }
    expect(complaintsOf((await examineStage({ replies })).results)).toEqual([])
  })

  test('is not checked without the right to look at the key, which hides nothing else', async () => {
    const refuse = () => {
      throw new AwsRefusal('AccessDeniedException', 'a message that must not be repeated')
    }
    const may = mayCall('agent-workload', 'implicitDeny')
    const replies = { ...described, 'kms:DescribeKey': refuse, 'iam:SimulatePrincipalPolicy': may }
    expect(complaintsOf((await examineStage({ replies })).results)).toEqual([
      `${CHECK}: The task role of agent-workload may not call the function that ends access tokens of github.`,
      `${CHECK}: These credentials may not call KMS:DescribeKey.`,
    ])
  })
})
