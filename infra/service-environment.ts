import type {
  AgentWorkloadEnvironment,
  McpServerEnvironment,
  ProviderId,
  SessionBindingEnvironment,
  SwitchedOnProviders,
} from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import type { Secret } from 'aws-cdk-lib/aws-ecs'
import { ContainerSecret } from './constructs/container-secret.ts'
import type { CredentialProvider } from './constructs/credential-provider.ts'
import type { Entrance } from './constructs/entrance.ts'
import type { KeyRings, McpKeyRings } from './constructs/key-rings.ts'
import type { McpClients } from './constructs/mcp-clients.ts'
import type { Administrators } from './constructs/options.ts'
import { CONTAINER_PORT } from './constructs/ports.ts'
import type { SessionStoreAccess } from './constructs/session-store-access.ts'
import type { SignInAccess } from './constructs/sign-in-access.ts'
import type { WorkloadIdentity } from './constructs/workload-identity.ts'
import { DeploymentError } from './deployment-error.ts'
import type { ContainerName, IdentityArtifactKind } from './names.ts'

const DRAIN_SECONDS = 20

/**
 * How long after SIGTERM ECS kills a container; Fargate allows 120 at most. The agent workload waits at most half of the drain time for runs, then
 * all of it for requests, and then 10 s for the issuer. The rest is for runs that are handed over: they first end their call to a vendor or to
 * AgentCore.
 */
export const STOP_TIMEOUT_SECONDS = 1.5 * DRAIN_SECONDS + 30

/** Values are in the task definition; ECS fetches secrets when a task starts. */
export interface ServiceEnvironment<Variable extends string> {
  values: Partial<Record<Variable, string>>
  secrets: Partial<Record<Variable, Secret>>
}

export interface Sources {
  region: string
  entrance: Entrance
  signIn: SignInAccess
  workloadIdentity: WorkloadIdentity
  providers: ReadonlyMap<ProviderId, CredentialProvider>
  sessionStore: SessionStoreAccess
  keyRings: KeyRings
  /** The id of a Bedrock model or inference profile, not its ARN. */
  modelId: string
  identityArtifact: IdentityArtifactKind
  consentsAtOnce: 'one' | 'many'
  /** Default: `on`. */
  chatPage?: 'on' | 'off' | undefined
  /** `perTurn`: changes in a turn without asking. `askFirst`: providers where the agent asks first by default. */
  changes: { perTurn: number; askFirst: readonly ProviderId[] }
  mcp?: McpSources | undefined
  /** Default: no user may erase other users. */
  administrators?: Administrators | undefined
}

export interface McpSources {
  clients: McpClients
  keyRings: McpKeyRings
  allowedOrigins?: readonly string[] | undefined
}

type SharedVariable = keyof AgentWorkloadEnvironment & keyof SessionBindingEnvironment & keyof McpServerEnvironment

export function sessionBindingEnvironment(sources: Sources): ServiceEnvironment<keyof SessionBindingEnvironment> {
  const { values, secrets } = shared('session-binding', sources)
  return { values, secrets: { ...secrets, ...ringsOfUserSessions(sources) } }
}

export function agentWorkloadEnvironment(
  sources: Sources,
  revocationFunctions: ReadonlyMap<ProviderId, { name: string }>,
): ServiceEnvironment<keyof AgentWorkloadEnvironment> {
  const { signIn, workloadIdentity, keyRings } = sources
  const common = shared('agent-workload', sources)
  return {
    values: {
      ...common.values,
      OIDC_ISSUER: signIn.issuer,
      OIDC_CLIENT_ID: signIn.clientId,
      OIDC_SIGN_OUT: signIn.signOut,
      OIDC_BACK_CHANNEL_LOGOUT: signIn.backChannelLogout ? 'on' : 'off',
      ...(signIn.scopes && { OIDC_SCOPES: signIn.scopes }),
      ...(signIn.authorizationParameters && {
        OIDC_AUTHORIZATION_PARAMETERS: JSON.stringify(signIn.authorizationParameters),
      }),
      WORKLOAD_NAME: workloadIdentity.name,
      IDENTITY_ARTIFACT_MODE: sources.identityArtifact,
      CONSENTS_AT_ONCE: sources.consentsAtOnce,
      ...(sources.chatPage && { CHAT_PAGE: sources.chatPage }),
      EFFECTS_PER_TURN: String(sources.changes.perTurn),
      ASK_FIRST_PROVIDERS: sources.changes.askFirst.join(','),
      ...administrators(sources),
      USER_ID_PREFIX: signIn.userIdPrefix,
      AUTHORIZATION_URL_ORIGIN: `https://bedrock-agentcore.${sources.region}.amazonaws.com`,
      MODEL_PROVIDER: 'bedrock',
      BEDROCK_MODEL_ID: sources.modelId,
      PROVIDERS: JSON.stringify(switchedOn(sources)),
      REVOCATION_FUNCTIONS: JSON.stringify(
        Object.fromEntries([...revocationFunctions].map(([id, { name }]) => [id, name])),
      ),
    },
    secrets: {
      ...common.secrets,
      ...ringsOfUserSessions(sources),
      OIDC_CLIENT_SECRET: signIn.clientSecret,
      USER_TOKENS_KEYS: new ContainerSecret(keyRings.userTokens),
      TURN_KEYS: new ContainerSecret(keyRings.turns),
      // Without an MCP server `TURN_KEYS` seals connections.
      ...(sources.mcp && { CONNECTION_KEYS: new ContainerSecret(sources.mcp.keyRings.connections) }),
    },
  }
}

export function mcpServerEnvironment(
  sources: Sources,
  { clients, keyRings, allowedOrigins = [] }: McpSources,
): ServiceEnvironment<keyof McpServerEnvironment> {
  const common = shared('mcp-server', sources)
  return {
    values: {
      ...common.values,
      OIDC_ISSUER: sources.signIn.issuer,
      MCP_CLIENT_IDS: clients.ids.join(','),
      MCP_SCOPE: clients.scope,
      ...(clients.audience !== undefined && { MCP_AUDIENCE: clients.audience }),
      ...(allowedOrigins.length > 0 && { MCP_ALLOWED_ORIGINS: allowedOrigins.join(',') }),
      WORKLOAD_NAME: sources.workloadIdentity.name,
      ASK_FIRST_PROVIDERS: sources.changes.askFirst.join(','),
      PROVIDERS: JSON.stringify(switchedOn(sources)),
    },
    secrets: {
      ...common.secrets,
      CONNECTION_KEYS: new ContainerSecret(keyRings.connections),
      MCP_KEYS: new ContainerSecret(keyRings.mcp),
    },
  }
}

const ringsOfUserSessions = ({ keyRings }: Sources) => ({
  USER_SESSION_KEYS: new ContainerSecret(keyRings.userSessions),
  IDENTITY_ARTIFACT_KEYS: new ContainerSecret(keyRings.identityArtifacts),
})

function administrators({ administrators: of }: Sources): Partial<Record<keyof AgentWorkloadEnvironment, string>> {
  if (!of) return {}
  return { ADMIN_GROUP: of.group, ...(of.claim === undefined ? {} : { ADMIN_GROUP_CLAIM: of.claim }) }
}

function shared(
  service: ContainerName,
  { region, entrance, sessionStore }: Sources,
): ServiceEnvironment<SharedVariable> {
  const user = sessionStore.users[service]
  if (!user) throw new DeploymentError(`The session store has no user for ${service}.`)
  return {
    values: {
      PORT: String(CONTAINER_PORT),
      PUBLIC_URL: `https://${entrance.host}`,
      REDIS_URL: sessionStore.url,
      REDIS_USERNAME: user.name,
      REDIS_TOPOLOGY: sessionStore.topology,
      AWS_REGION: region,
      SHUTDOWN_DRAIN_SECONDS: String(DRAIN_SECONDS),
      // Behind a load balancer of ours the last address in X-Forwarded-For is the caller's.
      TRUSTED_PROXIES: String(entrance.trustedProxies ?? 1),
    },
    secrets: { REDIS_PASSWORD: user.password },
  }
}

/** The providers that are switched on, with the addresses that their definitions leave open. */
function switchedOn({ providers, signIn }: Sources): SwitchedOnProviders {
  return Object.fromEntries(
    [...providers].map(([id, { name, apiUrl, revocationUrl }]) => [
      id,
      {
        credentialProvider: name,
        ...(apiUrl === undefined ? {} : { apiUrl }),
        ...(revocationUrl === undefined ? {} : { revocationUrl }),
        ...(PROVIDERS.get(id)?.apiUrl === 'user-info' ? { apiUrl: `${signIn.pages}/oauth2/userInfo` } : {}),
      },
    ]),
  )
}
