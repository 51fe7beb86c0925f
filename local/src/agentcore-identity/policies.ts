/** What proves the user to AgentCore, and therefore what a role may present. */
export type Proof =
  | { kind: 'jwt'; issuer: string; tokenClaim: { client_id: string } | { aud: string } }
  | { kind: 'user-id'; prefix: string }

interface Scope {
  region: string
  accountId: string
  workloadName: string
  credentialProviders: readonly string[]
  proof: Proof
}

type Statement = Record<string, unknown>
type Policy = Record<string, unknown>

const MINT = {
  jwt: 'bedrock-agentcore:GetWorkloadAccessTokenForJWT',
  'user-id': 'bedrock-agentcore:GetWorkloadAccessTokenForUserId',
}

/**
 * What the task roles may do in AWS, as policies of the local principals: a service that calls an operation of the other
 * one is refused here, too.
 */
export function agentWorkloadPolicy(scope: Scope): Policy {
  const { directory, identity } = arnsOf(scope)
  return policy([
    { Action: MINT[scope.proof.kind], Resource: [directory, identity], Condition: ownUsers(scope.proof) },
    { Action: 'bedrock-agentcore:GetResourceOauth2Token', Resource: tokenResources(scope) },
    clientSecrets(scope),
  ])
}

export function sessionBindingPolicy(scope: Scope): Policy {
  return policy([
    {
      Action: 'bedrock-agentcore:CompleteResourceTokenAuth',
      Resource: tokenResources(scope),
      Condition: ownUsers(scope.proof),
    },
    clientSecrets(scope),
  ])
}

const policy = (allowed: Statement[]): Policy => ({
  Version: '2012-10-17',
  Statement: allowed.map((statement) => ({ Effect: 'Allow', ...statement })),
})

function arnsOf({ region, accountId, workloadName, credentialProviders }: Scope) {
  const arn = (resource: string) => `arn:aws:bedrock-agentcore:${region}:${accountId}:${resource}`
  return {
    directory: arn('workload-identity-directory/default'),
    identity: arn(`workload-identity-directory/default/workload-identity/${workloadName}`),
    tokenVault: arn('token-vault/default'),
    providers: credentialProviders.map((name) => arn(`token-vault/default/oauth2credentialprovider/${name}`)),
  }
}

/** Parents included: naming the provider alone authorizes nothing. */
function tokenResources(scope: Scope): string[] {
  const { directory, identity, tokenVault, providers } = arnsOf(scope)
  return [directory, identity, tokenVault, ...providers]
}

/** A workload identity takes any issuer's JWT, and any user id: only this condition says whose. */
function ownUsers(proof: Proof) {
  if (proof.kind === 'user-id') return { StringLike: { 'bedrock-agentcore:userid': `${proof.prefix}+*` } }
  const { issuer, tokenClaim } = proof
  const ofIssuer = { 'bedrock-agentcore:InboundJwtClaim/iss': issuer }
  if ('client_id' in tokenClaim)
    return { StringEquals: { ...ofIssuer, 'bedrock-agentcore:InboundJwtClaim/client_id': tokenClaim.client_id } }
  return {
    StringEquals: ofIssuer,
    'ForAnyValue:StringEquals': { 'bedrock-agentcore:InboundJwtClaim/aud': tokenClaim.aud },
  }
}

/** Old secrets have Secrets Manager's six characters only; new ones have eight hexadecimal digits of AgentCore's before them. */
const SECRET_SUFFIXES = ['??????', '????????-??????']

/** AgentCore reads the provider's client secret with its caller's rights. */
function clientSecrets({ region, accountId, credentialProviders }: Scope): Statement {
  return {
    Action: 'secretsmanager:GetSecretValue',
    Resource: credentialProviders.flatMap((name) =>
      SECRET_SUFFIXES.map(
        (suffix) =>
          `arn:aws:secretsmanager:${region}:${accountId}:secret:bedrock-agentcore-identity!default/oauth2/${name}-${suffix}`,
      ),
    ),
    Condition: { StringEquals: { 'aws:ResourceTag/aws:secretsmanager:owningService': 'bedrock-agentcore-identity' } },
  }
}
