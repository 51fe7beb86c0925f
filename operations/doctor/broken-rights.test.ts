import type { Input } from '../test-support/aws-stub.ts'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { KEYS, keyRing, membersOf, PREFIX, roleOf, SIGN_IN_CLIENT, secretOf } from '../test-support/healthy-stage.ts'

const ring =
  (name: keyof typeof KEYS, text: string) =>
  (reply: object, { SecretId }: Input) =>
    SecretId === secretOf(name) ? { ...reply, SecretString: text } : reply
const decide =
  (service: string, action: string, decision: string) => (reply: { EvaluationResults: object[] }, input: Input) =>
    input.PolicySourceArn === roleOf(service) && membersOf(input, 'ActionNames').includes(action)
      ? {
          ...reply,
          EvaluationResults: reply.EvaluationResults.map((result) => ({ ...result, EvalDecision: decision })),
        }
      : reply
const provider = (name: string) =>
  `arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/oauth2credentialprovider/${name}`
const MINT = 'bedrock-agentcore:GetWorkloadAccessTokenForJWT'
const COMPLETE = 'bedrock-agentcore:CompleteResourceTokenAuth'

doctorFinds([
  [
    'a role that may not mint',
    {
      replies: {
        'iam:SimulatePrincipalPolicy': (reply, input) =>
          Object.values(input).includes(SIGN_IN_CLIENT)
            ? decide('agent-workload', MINT, 'implicitDeny')(reply, input)
            : reply,
      },
    },
    [
      `rights of the task roles: The task role of agent-workload may not call ${MINT} on arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default, arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default/workload-identity/${PREFIX}.`,
    ],
  ],
  [
    'a role that mints for the tokens of another client',
    { replies: { 'iam:SimulatePrincipalPolicy': decide('agent-workload', MINT, 'allowed') } },
    [`rights of the task roles: The task role of agent-workload may call ${MINT}, which it must not.`],
  ],
  [
    'an agent workload that may complete',
    { replies: { 'iam:SimulatePrincipalPolicy': decide('agent-workload', COMPLETE, 'allowed') } },
    Array(2).fill(`rights of the task roles: The task role of agent-workload may call ${COMPLETE}, which it must not.`),
  ],
  [
    'one resource of a call that is refused within an answer for all of them',
    {
      replies: {
        'iam:SimulatePrincipalPolicy': (reply, input) =>
          membersOf(input, 'ActionNames').includes(COMPLETE) && input.PolicySourceArn === roleOf('session-binding')
            ? {
                EvaluationResults: [
                  {
                    EvalActionName: COMPLETE,
                    EvalResourceName: '*',
                    EvalDecision: 'implicitDeny',
                    ResourceSpecificResults: membersOf(input, 'ResourceArns').map((arn) => ({
                      EvalResourceName: arn,
                      EvalResourceDecision: arn === provider(`${PREFIX}-github`) ? 'implicitDeny' : 'allowed',
                    })),
                  },
                ],
                IsTruncated: false,
              }
            : reply,
      },
    },
    [
      `rights of the task roles: The task role of session-binding may not call ${COMPLETE} on ${provider(`${PREFIX}-github`)}.`,
    ],
  ],
  [
    'a secret that is no key ring',
    { replies: { 'secretsmanager:GetSecretValue': ring('TURN_KEYS', 'not-a-ring-but-secret') } },
    ['key rings: The secret of TURN_KEYS is no key ring.'],
  ],
  [
    'a key ring with a key that is too short',
    { replies: { 'secretsmanager:GetSecretValue': ring('TURN_KEYS', keyRing('short-secret')) } },
    ['key rings: The secret of TURN_KEYS is no key ring.'],
  ],
  [
    'a key in two rings',
    { replies: { 'secretsmanager:GetSecretValue': ring('TURN_KEYS', keyRing(KEYS.USER_SESSION_KEYS)) } },
    ['key rings: USER_SESSION_KEYS and TURN_KEYS have a key in common.'],
  ],
])
