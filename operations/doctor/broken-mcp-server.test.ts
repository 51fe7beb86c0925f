import { describe, expect, test } from '@jest/globals'
import { AwsRefusal, type Input } from '../test-support/aws-stub.ts'
import { type BrokenThing, doctorFinds } from '../test-support/doctor-finds.ts'
import { type Broken, complaintsOf, examineStage, get } from '../test-support/examine-stage.ts'
import {
  APP,
  KEYS,
  keyRing,
  MCP_CLIENT,
  MCP_REDIRECT_URIS,
  membersOf,
  PREFIX,
  roleOf,
  secretOf,
} from '../test-support/healthy-stage.ts'

const MINT = 'bedrock-agentcore:GetWorkloadAccessTokenForJWT'
const COMPLETE = 'bedrock-agentcore:CompleteResourceTokenAuth'
const METADATA = `${APP}/.well-known/oauth-protected-resource/mcp`

const ofClient = (change: object) => ({
  'cognito-idp:DescribeUserPoolClient': (reply: { UserPoolClient: object }, { ClientId }: Input) =>
    ClientId === MCP_CLIENT ? { UserPoolClient: { ...reply.UserPoolClient, ...change } } : reply,
})
const ring = (name: keyof typeof KEYS, text: string) => ({
  'secretsmanager:GetSecretValue': (reply: object, { SecretId }: Input) =>
    SecretId === secretOf(name) ? { ...reply, SecretString: text } : reply,
})
const inTask = (service: string, from: string, to: string) => ({
  'ecs:DescribeTaskDefinition': (reply: object, { taskDefinition }: Input) =>
    taskDefinition === service ? JSON.parse(JSON.stringify(reply).replaceAll(from, to)) : reply,
})
const simulated = (service: string, action: string, decision: string) => ({
  'iam:SimulatePrincipalPolicy': (reply: { EvaluationResults: object[] }, input: Input) =>
    input.PolicySourceArn === roleOf(service) &&
    membersOf(input, 'ActionNames').includes(action) &&
    Object.values(input).includes(MCP_CLIENT)
      ? { ...reply, EvaluationResults: reply.EvaluationResults.map((one) => ({ ...one, EvalDecision: decision })) }
      : reply,
})
const answering = (path: string, answer: object): NonNullable<Broken['parts']> => ({
  get: async (url) => (url === `${APP}${path}` ? { status: 200, body: '', ...answer } : get(url)),
})

test('doctor finds nothing wrong with an MCP server that is in order', async () => {
  const { results, calls } = await examineStage({ mcp: true })
  expect(complaintsOf(results)).toEqual([])
  expect(calls.filter((operation) => !/:(Get|List|Describe|Simulate)[A-Z]/.test(operation))).toEqual([])
})

const THINGS: readonly (readonly [string, Broken, readonly string[]])[] = [
  [
    'an MCP server that is not switched on here',
    { context: { mcp: 'false' } },
    ['services: The MCP server runs, and is switched off here.'],
  ],
  [
    'an MCP server without a token that answers something else',
    { parts: answering('/mcp', { status: 404 }) },
    [`MCP server: ${APP}/mcp answers with 404 and not with 401 and its metadata.`],
  ],
  [
    'metadata that names another issuer',
    { parts: answering(METADATA.slice(APP.length), { body: '{"authorization_servers":["https://elsewhere"]}' }) },
    [`MCP server: ${METADATA} does not name this MCP server, its issuer and its scope.`],
  ],
  [
    'an image of another checkout',
    { replies: inTask('mcp-server', 'c'.repeat(64), 'd'.repeat(64)) },
    ['images: The service mcp-server does not run the image that this checkout builds.'],
  ],
  [
    'a redirect URI that is not the stage’s',
    { replies: ofClient({ CallbackURLs: [...MCP_REDIRECT_URIS, 'https://thief.example/cb?secret'] }) },
    [`MCP clients: The client ${MCP_CLIENT} of MCP clients also sends codes to https://thief.example/cb.`],
  ],
  [
    'a redirect URI that is missing',
    { replies: ofClient({ CallbackURLs: MCP_REDIRECT_URIS.slice(1) }) },
    [`MCP clients: The client ${MCP_CLIENT} of MCP clients does not have the redirect URI ${MCP_REDIRECT_URIS[0]}.`],
  ],
  [
    'a second client, whose codes go elsewhere',
    {
      replies: {
        ...inTask('mcp-server', `"${MCP_CLIENT}"`, `"${MCP_CLIENT},another-client"`),
        'cognito-idp:DescribeUserPoolClient': (reply: { UserPoolClient: object }, { ClientId }) =>
          ClientId === 'another-client'
            ? {
                UserPoolClient: { CallbackURLs: [...MCP_REDIRECT_URIS, 'https://thief.example/cb'] },
              }
            : reply,
      },
    },
    ['MCP clients: The client another-client of MCP clients also sends codes to https://thief.example/cb.'],
  ],
  [
    'a client that the user pool does not have',
    {
      replies: {
        'cognito-idp:DescribeUserPoolClient': (reply, { ClientId }) => {
          if (ClientId === MCP_CLIENT) throw new AwsRefusal('ResourceNotFoundException', 'no such client')
          return reply
        },
      },
    },
    [`MCP clients: The user pool has no client ${MCP_CLIENT}, whose tokens the MCP server takes.`],
  ],
  [
    'a secret of the MCP server that is no key ring',
    { replies: ring('MCP_KEYS', 'x') },
    ['key rings: The secret of MCP_KEYS is no key ring.'],
  ],
  [
    'a ring that shares a key',
    { replies: ring('CONNECTION_KEYS', keyRing(KEYS.TURN_KEYS)) },
    ['key rings: TURN_KEYS and CONNECTION_KEYS have a key in common.'],
  ],
  [
    'an MCP server that may complete',
    { replies: simulated('mcp-server', COMPLETE, 'allowed') },
    Array(2).fill(`rights of the task roles: The task role of mcp-server may call ${COMPLETE}, which it must not.`),
  ],
  [
    'an agent workload that mints for MCP clients',
    { replies: simulated('agent-workload', MINT, 'allowed') },
    [`rights of the task roles: The task role of agent-workload may call ${MINT}, which it must not.`],
  ],
  [
    'a session store without a user for it',
    {
      replies: {
        'elasticache:DescribeUsers': (reply, { UserId }) => (UserId === `${PREFIX}-server` ? { Users: [] } : reply),
      },
    },
    ['session store and its users: The session store has no user mcp-server.'],
  ],
]

doctorFinds(THINGS.map(([what, broken, complaints]): BrokenThing => [what, { mcp: true, ...broken }, complaints]))

describe('without an MCP server', () => {
  test('doctor reports that one was asked for and none runs', async () => {
    const { results } = await examineStage({ context: { mcp: 'true' } })
    expect(complaintsOf(results)).toEqual(
      expect.arrayContaining(['services: The MCP server is switched on here, and ECS runs none.']),
    )
  })
})
