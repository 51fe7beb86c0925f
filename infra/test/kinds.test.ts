import type { CredentialKind } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { describe, expect, test } from '@jest/globals'
import { App, Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import { createCredentialProvider } from '../constructs/create-credential-provider.ts'
import { type Proof, WorkloadIdentity } from '../constructs/workload-identity.ts'
import { featureFlags } from '../feature-flags.ts'
import type { JsonObject } from '../json.ts'
import { readProviders } from '../provider-context.ts'
import { agentCoreActions, arnsOf, type OwnNames } from './agentcore-resources.ts'
import { allows, isAllowed, type RequestContext } from './simulate.ts'

const KINDS = ['user', 'on-behalf-of', 'machine', 'api-key'] as const satisfies CredentialKind[]
const EXAMPLE: Record<CredentialKind, string> = {
  user: 'github',
  'on-behalf-of': 'time-off',
  machine: 'service-status',
  'api-key': 'warehouse',
}

const MINT_JWT = 'bedrock-agentcore:GetWorkloadAccessTokenForJWT'
const MINT_USER_ID = 'bedrock-agentcore:GetWorkloadAccessTokenForUserId'
const MINT = 'bedrock-agentcore:GetWorkloadAccessToken'
const GET_TOKEN = 'bedrock-agentcore:GetResourceOauth2Token'
const GET_API_KEY = 'bedrock-agentcore:GetResourceApiKey'
const COMPLETE = 'bedrock-agentcore:CompleteResourceTokenAuth'
const GET_SECRET = 'secretsmanager:GetSecretValue'

const PROOFS: Record<Proof['kind'], Proof> = {
  jwt: { kind: 'jwt', issuer: 'https://issuer.example', tokenClaim: { client_id: 'sign-in' } },
  'user-id': { kind: 'user-id', prefix: 'cognito' },
}
const EVERYTHING_TRUE: RequestContext = {
  'bedrock-agentcore:InboundJwtClaim/iss': 'https://issuer.example',
  'bedrock-agentcore:InboundJwtClaim/client_id': 'sign-in',
  'bedrock-agentcore:userid': 'cognito+alice',
  'aws:ResourceTag/aws:secretsmanager:owningService': 'bedrock-agentcore-identity',
}
const OF_A_CLIENT: RequestContext = {
  ...EVERYTHING_TRUE,
  'bedrock-agentcore:InboundJwtClaim/client_id': 'editor',
}
const ADMINISTRATOR: JsonObject = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
}

const env = { account: '123456789012', region: 'us-east-1' }
const own = (kind: CredentialKind): OwnNames => ({
  region: env.region,
  accountId: env.account,
  workloadIdentity: 'the-agent',
  provider: `agent-identity-kinds-${EXAMPLE[kind]}`,
})
const secretOf = (kind: CredentialKind) =>
  kind === 'api-key' ? arnsOf(own(kind)).secret.replace('/oauth2/', '/apikey/') : arnsOf(own(kind)).secret

/** The policies of the task roles, with one provider of each of these kinds. With `user-id` there is no MCP server. */
function rolesWith(kinds: readonly CredentialKind[], proof: Proof['kind'] = 'jwt') {
  const stack = new Stack(new App({ context: featureFlags() }), 'kinds', { env })
  const words = { githubSecret: 's', timeOffSecret: 's', serviceStatusSecret: 's', warehouseSecret: 's' }
  const domains = { timeOffDomain: 'd', serviceStatusDomain: 'd', warehouseDomain: 'd' }
  const clients = readProviders(
    kinds.map((kind) => EXAMPLE[kind]),
    { ...words, ...domains },
  )
  const deployment = { name: 'kinds', keepsData: false, clientSecretsOnlyViaAgentCore: false }
  const providers = clients.map((client) =>
    createCredentialProvider(stack, { deployment, client, cognito: undefined, customResources: undefined as never }),
  )
  const identity = new WorkloadIdentity(stack, 'Identity', {
    name: 'the-agent',
    returnUrl: 'https://agents.example/return',
    proof: PROOFS[proof],
  })
  const role = (id: string) =>
    new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') })
  const [workload, binding, mcp] = [role('Workload'), role('Binding'), role('Mcp')]
  identity.grantAgentWorkload(workload, providers)
  identity.grantSessionBinding(binding, providers)
  if (proof === 'jwt') identity.grantMcpServer(mcp, providers, { client_id: ['editor'] })
  const policiesOf = (one: iam.Role): JsonObject[] => {
    const policy = one.node.findChild('DefaultPolicy') as iam.Policy
    return [stack.resolve(policy.document.toJSON()) as JsonObject]
  }
  return {
    workload: policiesOf(workload),
    binding: policiesOf(binding),
    mcp: proof === 'jwt' ? policiesOf(mcp) : [],
  }
}

/** The actions that the policies allow on resources of these kinds of provider, or of all kinds when the list is empty. */
async function allowedOn(
  policies: readonly JsonObject[],
  kinds: readonly CredentialKind[],
  context: RequestContext = EVERYTHING_TRUE,
): Promise<string[]> {
  const allowed = new Set<string>()
  for (const kind of kinds.length > 0 ? kinds : KINDS)
    for (const { action, resources } of await agentCoreActions(own(kind)))
      if (isAllowed(policies, { action, resources, context })) allowed.add(action)
  return [...allowed].sort()
}

const COMBINATIONS = Array.from({ length: 2 ** KINDS.length }, (_, bits) =>
  KINDS.filter((_kind, n) => (bits >> n) % 2 === 1),
)

function neededBy(kinds: readonly CredentialKind[], mintForUser: string): string[] {
  const any = (...some: CredentialKind[]) => kinds.some((kind) => some.includes(kind))
  return [
    ...(any('machine', 'api-key') ? [MINT] : []),
    ...(any('user', 'on-behalf-of') ? [mintForUser] : []),
    ...(any('user', 'on-behalf-of', 'machine') ? [GET_TOKEN] : []),
    ...(any('api-key') ? [GET_API_KEY] : []),
  ].sort()
}

test('each example is of its kind', () => {
  for (const kind of KINDS) expect(PROVIDERS.get(EXAMPLE[kind])?.credential).toBe(kind)
})

describe.each(COMBINATIONS.map((kinds) => ({ kinds, named: kinds.join(', ') || 'no provider' })))(
  'with providers of these kinds: $named',
  ({ kinds }) => {
    const { workload, binding, mcp } = rolesWith(kinds)

    test('each task role may call what they need, and no other action of AgentCore', async () => {
      expect(await allowedOn(workload, kinds)).toEqual(neededBy(kinds, MINT_JWT))
      expect(await allowedOn(binding, kinds)).toEqual(kinds.includes('user') ? [COMPLETE] : [])
      // Only tools of providers with consent are offered to MCP clients.
      expect(await allowedOn(mcp, kinds, OF_A_CLIENT)).toEqual(kinds.includes('user') ? [GET_TOKEN, MINT_JWT] : [])
    })

    test('the agent workload and session binding are denied what they do not need: a policy that is attached later cannot allow it', async () => {
      const credentials = [MINT, MINT_JWT, MINT_USER_ID, GET_TOKEN, GET_API_KEY, COMPLETE]
      const left = async (policies: readonly JsonObject[]) =>
        (await allowedOn([...policies, ADMINISTRATOR], kinds)).filter((action) => credentials.includes(action))
      expect(await left(workload)).toEqual(neededBy(kinds, MINT_JWT))
      expect(await left(binding)).toEqual(kinds.includes('user') ? [COMPLETE] : [])
    })

    test('each role reads only the client secrets and keys that it needs; session binding and the MCP server only those of providers with consent', () => {
      for (const kind of KINDS) {
        const reads = (policies: JsonObject[]) => allows(policies, GET_SECRET, secretOf(kind), EVERYTHING_TRUE)
        expect([kind, reads(workload), reads(binding), reads(mcp)]).toEqual([
          kind,
          kinds.includes(kind),
          kind === 'user' && kinds.includes(kind),
          kind === 'user' && kinds.includes(kind),
        ])
      }
    })
  },
)

test('the agent workload may obtain its own provider’s API key by its own action, and no token there', () => {
  const { workload } = rolesWith(KINDS)
  const key = arnsOf(own('api-key'))
  const may = (action: string, resources: readonly string[]) =>
    isAllowed(workload, { action, resources, context: EVERYTHING_TRUE })
  expect(may(GET_API_KEY, key.apiKey)).toBe(true)
  expect(may(GET_API_KEY, arnsOf(own('user')).apiKey)).toBe(false)
  expect(may(GET_TOKEN, key.token)).toBe(false)
  expect(may(GET_API_KEY, arnsOf({ ...own('api-key'), provider: 'somebody-elses' }).apiKey)).toBe(false)
})

test('in mode user-id the agent workload mints for users by their id, for itself without a user, and exchanges nothing', async () => {
  const kinds = KINDS.filter((kind) => kind !== 'on-behalf-of')
  expect(await allowedOn(rolesWith(kinds, 'user-id').workload, kinds)).toEqual(neededBy(kinds, MINT_USER_ID))
  expect(() => rolesWith(KINDS, 'user-id')).toThrow('take identityArtifact "jwt", or leave that provider out')
})
