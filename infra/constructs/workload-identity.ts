import type { CredentialKind } from '@agent-identity/contracts'
import { CfnWorkloadIdentity } from 'aws-cdk-lib/aws-bedrockagentcore'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { DeploymentError } from '../deployment-error.ts'
import { agentCoreArn, type CredentialProvider } from './credential-provider.ts'
import type { McpTokenClaim } from './mcp-clients.ts'
import type { TokenClaim } from './options.ts'

export type Proof = { kind: 'jwt'; issuer: string; tokenClaim: TokenClaim } | { kind: 'user-id'; prefix: string }

interface WorkloadIdentityProps {
  name: string
  returnUrl: string
  proof: Proof
}

const MINT = {
  jwt: 'bedrock-agentcore:GetWorkloadAccessTokenForJWT',
  'user-id': 'bedrock-agentcore:GetWorkloadAccessTokenForUserId',
} as const
const MINT_WITHOUT_USER = 'bedrock-agentcore:GetWorkloadAccessToken'
const GET_TOKEN = 'bedrock-agentcore:GetResourceOauth2Token'
const COMPLETE = 'bedrock-agentcore:CompleteResourceTokenAuth'
const GET_API_KEY = 'bedrock-agentcore:GetResourceApiKey'
/** Each role is denied those of these actions that it is not allowed. */
const ALL = [
  MINT_WITHOUT_USER,
  ...Object.values(MINT),
  GET_TOKEN,
  COMPLETE,
  GET_API_KEY,
  'bedrock-agentcore:GetResourcePaymentToken',
]

/**
 * The agent's identity at AgentCore. AgentCore binds neither a role to a workload identity nor a workload identity to a provider: the ARNs in these
 * policies do (docs/decisions/0101-iam-by-hand.md).
 */
export class WorkloadIdentity extends Construct {
  readonly name: string
  private readonly proof: Proof
  private readonly identityArns: string[]
  private readonly tokenVaultArn: string

  constructor(scope: Construct, id: string, { name, returnUrl, proof }: WorkloadIdentityProps) {
    super(scope, id)
    if (!returnUrl.startsWith('https://'))
      throw new DeploymentError(`The return URL ${returnUrl} must be https: AgentCore sends the user's browser there.`)
    this.name = name
    this.proof = proof
    // Each call needs permission for all of its resources, parents included (devguide, scope-credential-provider-access).
    this.identityArns = [
      agentCoreArn(this, 'workload-identity-directory/default'),
      agentCoreArn(this, `workload-identity-directory/default/workload-identity/${name}`),
    ]
    this.tokenVaultArn = agentCoreArn(this, 'token-vault/default')
    // Exactly one: every URL in this list may receive a user's return.
    new CfnWorkloadIdentity(this, 'Identity', { name, allowedResourceOauth2ReturnUrls: [returnUrl] })
  }

  /** For the agent's own access, the agent workload mints without a user: such a token gives no access to which a user consented. */
  grantAgentWorkload(grantee: iam.IGrantable, providers: readonly CredentialProvider[]): void {
    const of = (...kinds: CredentialKind[]) => providers.filter(({ credential }) => kinds.includes(credential))
    if (this.proof.kind === 'user-id' && of('on-behalf-of').length > 0) throw new DeploymentError(NO_EXCHANGE)
    const grants: Grant[] = []
    if (of('user', 'on-behalf-of').length > 0)
      grants.push([MINT[this.proof.kind], this.identityArns, this.conditionsOnProof()])
    if (of('machine', 'api-key').length > 0) grants.push([MINT_WITHOUT_USER, this.identityArns])
    const withTokens = of('user', 'on-behalf-of', 'machine')
    if (withTokens.length > 0) grants.push([GET_TOKEN, this.arnsWith(withTokens)])
    const withKeys = of('api-key')
    if (withKeys.length > 0) grants.push([GET_API_KEY, this.arnsWith(withKeys)])
    allowNothingBut(grantee, grants)
    for (const provider of providers) provider.grantSecret(grantee)
  }

  /** The MCP server mints with the access tokens of MCP clients and no others. */
  grantMcpServer(grantee: iam.IGrantable, all: readonly CredentialProvider[], clients: McpTokenClaim): void {
    if (this.proof.kind === 'user-id') throw new DeploymentError(NO_CLIENT_TOKENS)
    // Tools of other kinds of provider are not offered to clients (docs/mcp.md).
    const providers = all.filter(({ credential }) => credential === 'user')
    const mintForClients: Grant = [MINT.jwt, this.identityArns, conditionsOnToken(this.proof.issuer, clients)]
    allowNothingBut(grantee, providers.length > 0 ? [mintForClients, [GET_TOKEN, this.arnsWith(providers)]] : [])
    for (const provider of providers) provider.grantSecret(grantee)
  }

  grantSessionBinding(grantee: iam.IGrantable, all: readonly CredentialProvider[]): void {
    const providers = all.filter(({ credential }) => credential === 'user')
    allowNothingBut(
      grantee,
      providers.length > 0 ? [[COMPLETE, this.arnsWith(providers), this.conditionsOnProof()]] : [],
    )
    for (const provider of providers) provider.grantSecret(grantee)
  }

  private arnsWith(providers: readonly CredentialProvider[]): string[] {
    return [...this.identityArns, this.tokenVaultArn, ...providers.map((provider) => provider.arn)]
  }

  private conditionsOnProof(): iam.Conditions {
    if (this.proof.kind === 'user-id') return { StringLike: { 'bedrock-agentcore:userid': `${this.proof.prefix}+*` } }
    return conditionsOnToken(this.proof.issuer, this.proof.tokenClaim)
  }
}

/**
 * Both conditions are needed: a workload identity accepts every issuer whose tokens AgentCore can verify, and an access token of the `profile`
 * provider has the sign-in token's issuer and subject.
 */
function conditionsOnToken(issuer: string, claim: TokenClaim | McpTokenClaim): iam.Conditions {
  const ofIssuer = { 'bedrock-agentcore:InboundJwtClaim/iss': issuer }
  if ('client_id' in claim)
    return { StringEquals: { ...ofIssuer, 'bedrock-agentcore:InboundJwtClaim/client_id': claim.client_id } }
  return {
    StringEquals: ofIssuer,
    // `aud` may be a list. Without the claim nothing is allowed.
    'ForAnyValue:StringEquals': { 'bedrock-agentcore:InboundJwtClaim/aud': claim.aud },
  }
}

const NO_CLIENT_TOKENS =
  'MCP clients prove their user with an access token, and in mode "user-id" the token vault has other names for users: take ' +
  'identityArtifact "jwt", or leave the MCP server out.'

type Grant = [action: string, resources: string[], conditions?: iam.Conditions]

const NO_EXCHANGE =
  'A provider that works on behalf of users exchanges their tokens, and in mode "user-id" there are none: take identityArtifact "jwt", or ' +
  'leave that provider out.'

/**
 * The rest of `ALL` is denied on all resources, so that a policy that is attached later cannot allow it. AWS recommends this for minting by user id
 * when a JWT is available (devguide, get-workload-access-token).
 */
function allowNothingBut(grantee: iam.IGrantable, grants: readonly Grant[]): void {
  const add = (statement: iam.PolicyStatementProps) =>
    grantee.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement(statement))
  for (const [action, resources, conditions] of grants)
    add({ actions: [action], resources, ...(conditions ? { conditions } : {}) })
  const allowed = grants.map(([action]) => action)
  add({ effect: iam.Effect.DENY, actions: ALL.filter((action) => !allowed.includes(action)), resources: ['*'] })
}
