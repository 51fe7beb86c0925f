import type { CredentialKind } from '@agent-identity/contracts'

/** Whose tokens or ids a role may present to AgentCore. */
export type Proof =
  | { kind: 'jwt'; issuer: string; tokenClaim: { client_id: string } | { aud: string } }
  | { kind: 'user-id'; prefix: string }

interface Scope {
  region: string
  accountId: string
  workloadName: string
  credentialProviders: readonly CredentialProvider[]
  proof: Proof
}

interface CredentialProvider {
  name: string
  credential: CredentialKind
}

type Statement = Record<string, unknown>
type Policy = Record<string, unknown>

const MINT = {
  jwt: 'bedrock-agentcore:GetWorkloadAccessTokenForJWT',
  'user-id': 'bedrock-agentcore:GetWorkloadAccessTokenForUserId',
}

export function agentWorkloadPolicy(scope: Scope): Policy {
  const { directory, identity } = arnsOf(scope)
  const users = of(scope, 'user', 'on-behalf-of')
  const own = of(scope, 'machine', 'api-key')
  return policy([
    ...ifAny(users, {
      Action: MINT[scope.proof.kind],
      Resource: [directory, identity],
      Condition: ownUsers(scope.proof),
    }),
    ...ifAny(own, { Action: 'bedrock-agentcore:GetWorkloadAccessToken', Resource: [directory, identity] }),
    ...forProviders(scope, 'bedrock-agentcore:GetResourceOauth2Token', of(scope, 'user', 'on-behalf-of', 'machine')),
    ...forProviders(scope, 'bedrock-agentcore:GetResourceApiKey', of(scope, 'api-key')),
    ...ifAny(scope.credentialProviders, secretsOf(scope, scope.credentialProviders)),
  ])
}

export const mcpServerPolicy = (scope: Scope): Policy => agentWorkloadPolicy(scope)

export function sessionBindingPolicy(scope: Scope): Policy {
  const providers = of(scope, 'user')
  const completing = forProviders(scope, 'bedrock-agentcore:CompleteResourceTokenAuth', providers)
  return policy([
    ...completing.map((statement) => ({ ...statement, Condition: ownUsers(scope.proof) })),
    ...ifAny(providers, secretsOf(scope, providers)),
  ])
}

const of = ({ credentialProviders }: Scope, ...kinds: CredentialKind[]) =>
  credentialProviders.filter(({ credential }) => kinds.includes(credential))

const ifAny = (providers: readonly CredentialProvider[], statement: Statement) =>
  providers.length > 0 ? [statement] : []

const policy = (allowed: Statement[]): Policy => ({
  Version: '2012-10-17',
  Statement: allowed.map((statement) => ({ Effect: 'Allow', ...statement })),
})

function arnsOf({ region, accountId, workloadName }: Scope) {
  const arn = (resource: string) => `arn:aws:bedrock-agentcore:${region}:${accountId}:${resource}`
  return {
    directory: arn('workload-identity-directory/default'),
    identity: arn(`workload-identity-directory/default/workload-identity/${workloadName}`),
    tokenVault: arn('token-vault/default'),
    provider: ({ name, credential }: CredentialProvider) =>
      arn(
        `token-vault/default/${credential === 'api-key' ? 'apikeycredentialprovider' : 'oauth2credentialprovider'}/${name}`,
      ),
  }
}

/** AWS checks the permission on each of these resources: a statement with the provider alone authorizes nothing. */
function forProviders(scope: Scope, action: string, providers: readonly CredentialProvider[]): Statement[] {
  const { directory, identity, tokenVault, provider } = arnsOf(scope)
  return ifAny(providers, { Action: action, Resource: [directory, identity, tokenVault, ...providers.map(provider)] })
}

/** A workload identity itself restricts neither the issuers of JWTs nor the user ids: this condition does. */
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

/** Secrets Manager's six characters; AgentCore's eight hexadecimal digits may precede them. */
const SECRET_SUFFIXES = ['??????', '????????-??????']

/** AgentCore reads the provider's client secret or API key with the caller's permissions. */
function secretsOf({ region, accountId }: Scope, providers: readonly CredentialProvider[]): Statement {
  return {
    Action: 'secretsmanager:GetSecretValue',
    Resource: providers.flatMap(({ name, credential }) =>
      SECRET_SUFFIXES.map(
        (suffix) =>
          `arn:aws:secretsmanager:${region}:${accountId}:secret:bedrock-agentcore-identity!default/${credential === 'api-key' ? 'apikey' : 'oauth2'}/${name}-${suffix}`,
      ),
    ),
    Condition: { StringEquals: { 'aws:ResourceTag/aws:secretsmanager:owningService': 'bedrock-agentcore-identity' } },
  }
}
