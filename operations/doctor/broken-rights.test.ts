import type { Input } from '../test-support/aws-stub.ts'
import { type BrokenThing, doctorFinds } from '../test-support/doctor-finds.ts'
import { KEYS, keyRing, membersOf, PREFIX, roleOf, SIGN_IN_CLIENT, secretOf } from '../test-support/healthy-stage.ts'

interface Secret {
  name: string
  valueFrom: string
}
interface Task {
  taskDefinition: { containerDefinitions: { name: string; secrets: Secret[] }[] }
}
const secretsOf = (service: string, change: (secrets: Secret[]) => object[]) => (reply: Task) => ({
  taskDefinition: {
    ...reply.taskDefinition,
    containerDefinitions: reply.taskDefinition.containerDefinitions.map((container) =>
      container.name === service ? { ...container, secrets: change(container.secrets) } : container,
    ),
  },
})
const without = (ring: string) => (secrets: { name: string }[]) => secrets.filter(({ name }) => name !== ring)
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
  [
    'a ring that session binding must not have',
    {
      replies: {
        'ecs:DescribeTaskDefinition': secretsOf('session-binding', (secrets) => [
          ...secrets,
          { name: 'TURN_KEYS', valueFrom: secretOf('TURN_KEYS') },
        ]),
      },
    },
    ['key rings: Session binding is given TURN_KEYS, which it must not have.'],
  ],
  ...(['USER_SESSION_KEYS', 'TURN_KEYS'] as const).map(
    (ring): BrokenThing => [
      `an agent workload without ${ring}`,
      { replies: { 'ecs:DescribeTaskDefinition': secretsOf('agent-workload', without(ring)) } },
      [`key rings: The agent workload is given no ${ring}.`],
    ],
  ),
  [
    'a session binding without IDENTITY_ARTIFACT_KEYS',
    { replies: { 'ecs:DescribeTaskDefinition': secretsOf('session-binding', without('IDENTITY_ARTIFACT_KEYS')) } },
    ['key rings: Session binding is given no IDENTITY_ARTIFACT_KEYS.'],
  ],
  [
    'two services with different secrets for one ring',
    {
      replies: {
        'ecs:DescribeTaskDefinition': secretsOf('session-binding', ([first, second]) => [
          first ?? {},
          { ...second, valueFrom: secretOf('another') },
        ]),
      },
    },
    ['key rings: The services have different secrets for IDENTITY_ARTIFACT_KEYS.'],
  ],
])
