import { notFound } from '../test-support/aws-stub.ts'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { membersOf, roleOf } from '../test-support/healthy-stage.ts'

const CHECK = 'functions that end access tokens'
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1'
const none = `${CHECK}: No function ends access tokens of github: its users cannot disconnect it there.`
const unreadable = `${CHECK}: The function that ends access tokens of github may not read its client’s secret.`

const ofClient = (change: object) => (reply: object, input: { SecretId?: unknown }) =>
  input.SecretId === 'agents/github' ? { ...reply, ...change } : reply

const mayCall = (service: string, decision: string) => (reply: { EvaluationResults: object[] }, input: object) =>
  membersOf(input as never, 'ActionNames').includes('lambda:InvokeFunction') &&
  (input as { PolicySourceArn?: string }).PolicySourceArn === roleOf(service)
    ? { ...reply, EvaluationResults: reply.EvaluationResults.map((one) => ({ ...one, EvalDecision: decision })) }
    : reply

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
    'a client’s secret with a key that the function may not use',
    { replies: { 'secretsmanager:DescribeSecret': ofClient({ KmsKeyId: KEY }) } },
    [unreadable],
  ],
])
