import type { CredentialKind } from '@agent-identity/contracts'
import { baseModelOf } from '@agent-identity/infra/model-availability'
import type { PerContainer } from '@agent-identity/infra/names'
import { OWNER, OWNER_TAG } from '../checks/managed-secrets.ts'
import type { SimulatedCall } from './simulate-call.ts'

export interface FlowNames {
  region: string
  accountId: string
  workloadName: string
  identityArtifact: 'jwt' | 'user-id'
  userIdPrefix: string
  issuer: string
  /** In tokens of the sign-in client. */
  tokenClaim: { client_id: string } | { aud: string }
  /** In tokens of an MCP client. */
  mcpTokenClaim?: FlowNames['tokenClaim'] | undefined
  /** Undefined when the model is not Bedrock's. */
  modelId: string | undefined
  providers: readonly { credential: CredentialKind; arn: string; secretArn: string }[]
}

export interface CallsOfService {
  needed: readonly SimulatedCall[]
  forbidden: readonly SimulatedCall[]
}

const MINTS = {
  jwt: 'bedrock-agentcore:GetWorkloadAccessTokenForJWT',
  'user-id': 'bedrock-agentcore:GetWorkloadAccessTokenForUserId',
} as const
const MINT_WITHOUT_USER = 'bedrock-agentcore:GetWorkloadAccessToken'
const GET_TOKEN = 'bedrock-agentcore:GetResourceOauth2Token'
const GET_API_KEY = 'bedrock-agentcore:GetResourceApiKey'
const COMPLETE = 'bedrock-agentcore:CompleteResourceTokenAuth'
const READ_SECRET = 'secretsmanager:GetSecretValue'

export function callsOfTheFlow(names: FlowNames): PerContainer<CallsOfService> {
  const arn = (resource: string) => `arn:aws:bedrock-agentcore:${names.region}:${names.accountId}:${resource}`
  const identity = [
    arn('workload-identity-directory/default'),
    arn(`workload-identity-directory/default/workload-identity/${names.workloadName}`),
  ]
  const vault = arn('token-vault/default')
  const proof = proofOf(names)
  const of = (...kinds: CredentialKind[]) => names.providers.filter(({ credential }) => kinds.includes(credential))
  /** AgentCore checks the directory, the identity, the vault and the provider. */
  const withProvider = (action: string, context: SimulatedCall['context'], providers = of('user')) =>
    providers.map((provider) => ({ action, resources: [...identity, vault, provider.arn], context }))
  const mint = (action: string, context: SimulatedCall['context']) => ({ action, resources: identity, context })
  const secretsOf = (providers: FlowNames['providers']) => providers.map(({ secretArn }) => readSecret(secretArn))
  const mints = [MINT_WITHOUT_USER, ...Object.values(MINTS)]
  const neededMints = [
    ...(of('user', 'on-behalf-of').length > 0 ? [MINTS[names.identityArtifact]] : []),
    ...(of('machine', 'api-key').length > 0 ? [MINT_WITHOUT_USER] : []),
  ]
  const otherMints = mints.filter((action) => !neededMints.includes(action))

  const { mcpTokenClaim } = names
  const proofOfClient = mcpTokenClaim && proofOf({ ...names, tokenClaim: mcpTokenClaim })

  return {
    'agent-workload': {
      needed: [
        ...neededMints.map((action) => mint(action, action === MINT_WITHOUT_USER ? {} : proof)),
        ...withProvider(GET_TOKEN, {}, of('user', 'on-behalf-of', 'machine')),
        ...withProvider(GET_API_KEY, {}, of('api-key')),
        ...secretsOf(names.providers),
        ...modelCalls(names),
      ],
      forbidden: [
        ...otherMints.map((action) => mint(action, proof)),
        ...withProvider(COMPLETE, proof),
        // A mint with a token of another client of the issuer.
        ...(names.identityArtifact === 'jwt'
          ? [mint(MINTS.jwt, proofOf({ ...names, tokenClaim: ofAnother(names.tokenClaim) }))]
          : []),
        ...(proofOfClient ? [mint(MINTS.jwt, proofOfClient)] : []),
      ],
    },
    'session-binding': {
      needed: [...withProvider(COMPLETE, proof), ...secretsOf(of('user'))],
      forbidden: [
        ...mints.map((action) => mint(action, proof)),
        ...withProvider(GET_TOKEN, {}, of('user', 'on-behalf-of', 'machine')),
        ...withProvider(GET_API_KEY, {}, of('api-key')),
        ...(proofOfClient ? withProvider(COMPLETE, proofOfClient) : []),
      ],
    },
    'mcp-server': proofOfClient && {
      needed: [
        ...(of('user').length > 0 ? [mint(MINTS.jwt, proofOfClient)] : []),
        ...withProvider(GET_TOKEN, {}),
        ...secretsOf(of('user')),
      ],
      forbidden: [
        ...mints.filter((action) => action !== MINTS.jwt).map((action) => mint(action, proofOfClient)),
        // A mint with a token of the client that signs users in.
        mint(MINTS.jwt, proof),
        ...withProvider(COMPLETE, proofOfClient),
        ...withProvider(COMPLETE, proof),
        ...withProvider(GET_TOKEN, {}, of('on-behalf-of', 'machine')),
        ...withProvider(GET_API_KEY, {}, of('api-key')),
      ],
    },
  }
}

const ofAnother = (claim: FlowNames['tokenClaim']): FlowNames['tokenClaim'] =>
  'client_id' in claim ? { client_id: 'another' } : { aud: 'another' }

function proofOf({ identityArtifact, issuer, tokenClaim, userIdPrefix }: FlowNames): SimulatedCall['context'] {
  return identityArtifact === 'jwt'
    ? {
        'bedrock-agentcore:InboundJwtClaim/iss': issuer,
        ...('client_id' in tokenClaim
          ? { 'bedrock-agentcore:InboundJwtClaim/client_id': tokenClaim.client_id }
          : { 'bedrock-agentcore:InboundJwtClaim/aud': [tokenClaim.aud] }),
      }
    : { 'bedrock-agentcore:userid': `${userIdPrefix}+a-subject` }
}

/** AgentCore reads a provider's secret with the caller's rights. */
const readSecret = (secretArn: string): SimulatedCall => ({
  action: READ_SECRET,
  resources: [secretArn],
  context: {
    [`aws:ResourceTag/${OWNER_TAG}`]: OWNER,
    'aws:CalledVia': ['bedrock-agentcore.amazonaws.com'],
  },
})

function modelCalls({ modelId, region, accountId }: FlowNames): SimulatedCall[] {
  if (modelId === undefined) return []
  const actions = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream']
  const base = baseModelOf(modelId)
  const model = `arn:aws:bedrock:${region}::foundation-model/${base ?? modelId}`
  if (base === undefined) return actions.map((action) => ({ action, resources: [model], context: {} }))
  const profile = `arn:aws:bedrock:${region}:${accountId}:inference-profile/${modelId}`
  const context = { 'bedrock:InferenceProfileArn': profile }
  return actions.map((action) => ({ action, resources: [profile, model], context }))
}
