import { CfnWorkloadIdentity } from 'aws-cdk-lib/aws-bedrockagentcore'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { DeploymentError } from '../deployment-error.ts'
import { agentCoreArn, type CredentialProvider } from './credential-provider.ts'
import type { TokenClaim } from './options.ts'

/** What proves the user to AgentCore, and therefore which tokens or ids a role may present. */
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
const OTHER_CREDENTIALS = ['bedrock-agentcore:GetResourceApiKey', 'bedrock-agentcore:GetResourcePaymentToken']

/**
 * The agent's identity at AgentCore and every permission that hangs on it, written by hand: the L2's `grantUse` gives get
 * and complete together, all three kinds of minting, and every identity's secrets.
 *
 * AgentCore binds neither a role to a workload identity nor a workload identity to a provider: these ARNs are the only
 * fence, and each call needs all of them, parents included (devguide, scope-credential-provider-access).
 */
export class WorkloadIdentity extends Construct {
  readonly name: string
  private readonly proof: Proof
  /** What minting needs: the directory and the identity. */
  private readonly identityArns: string[]
  private readonly tokenVaultArn: string

  constructor(scope: Construct, id: string, { name, returnUrl, proof }: WorkloadIdentityProps) {
    super(scope, id)
    if (!returnUrl.startsWith('https://'))
      throw new DeploymentError(`The return URL ${returnUrl} must be https: AgentCore sends the user's browser there.`)
    this.name = name
    this.proof = proof
    this.identityArns = [
      agentCoreArn(this, 'workload-identity-directory/default'),
      agentCoreArn(this, `workload-identity-directory/default/workload-identity/${name}`),
    ]
    this.tokenVaultArn = agentCoreArn(this, 'token-vault/default')
    // Exactly one: whatever stands here may receive a user's return.
    new CfnWorkloadIdentity(this, 'Identity', { name, allowedResourceOauth2ReturnUrls: [returnUrl] })
  }

  /** The agent workload: mint with the one kind of proof, get tokens of exactly these providers, complete nothing. */
  grantAgentWorkload(grantee: iam.IGrantable, providers: readonly CredentialProvider[]): void {
    allow(grantee, [MINT[this.proof.kind]], this.identityArns, this.conditionsOnProof())
    allow(grantee, [GET_TOKEN], this.arnsWith(providers))
    deny(grantee, [...this.otherMints(), COMPLETE, ...OTHER_CREDENTIALS])
    for (const provider of providers) provider.grantClientSecret(grantee)
  }

  /** Session binding: complete what this user's own proof started, mint nothing, get no token. */
  grantSessionBinding(grantee: iam.IGrantable, providers: readonly CredentialProvider[]): void {
    allow(grantee, [COMPLETE], this.arnsWith(providers), this.conditionsOnProof())
    deny(grantee, [MINT_WITHOUT_USER, ...Object.values(MINT), GET_TOKEN, ...OTHER_CREDENTIALS])
    for (const provider of providers) provider.grantClientSecret(grantee)
  }

  private arnsWith(providers: readonly CredentialProvider[]): string[] {
    return [...this.identityArns, this.tokenVaultArn, ...providers.map((provider) => provider.arn)]
  }

  /** AWS advises to deny minting by user id where there is a JWT (devguide, get-workload-access-token). */
  private otherMints(): string[] {
    return [MINT_WITHOUT_USER, ...Object.values(MINT).filter((action) => action !== MINT[this.proof.kind])]
  }

  /**
   * Issuer, and what tells the issuer's clients apart: a workload identity accepts any issuer that the service can verify, and a delegated token of the
   * `profile` provider has the sign-in token's issuer and subject.
   */
  private conditionsOnProof(): iam.Conditions {
    if (this.proof.kind === 'user-id') return { StringLike: { 'bedrock-agentcore:userid': `${this.proof.prefix}+*` } }
    const { issuer, tokenClaim } = this.proof
    const ofIssuer = { 'bedrock-agentcore:InboundJwtClaim/iss': issuer }
    if ('client_id' in tokenClaim)
      return {
        StringEquals: { ...ofIssuer, 'bedrock-agentcore:InboundJwtClaim/client_id': tokenClaim.client_id },
      }
    return {
      StringEquals: ofIssuer,
      // A list: Auth0, for one, puts its own userinfo endpoint beside our audience. Nothing is allowed where there is none.
      'ForAnyValue:StringEquals': { 'bedrock-agentcore:InboundJwtClaim/aud': tokenClaim.aud },
    }
  }
}

function allow(grantee: iam.IGrantable, actions: string[], resources: string[], conditions?: iam.Conditions): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) }),
  )
}

/** On everything, so that a policy attached later, by whomever, cannot give it back. */
function deny(grantee: iam.IGrantable, actions: string[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({ effect: iam.Effect.DENY, actions, resources: ['*'] }),
  )
}
