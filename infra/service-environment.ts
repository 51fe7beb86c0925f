import type { AgentWorkloadEnvironment, SessionBindingEnvironment } from '@agent-identity/contracts'
import type { Secret } from 'aws-cdk-lib/aws-ecs'
import { ContainerSecret } from './constructs/container-secret.ts'
import { CONTAINER_PORT } from './constructs/traffic.ts'
import type { Deployment } from './read-deployment.ts'
import type { EdgeStack } from './stacks/edge.ts'
import type { IdentityStack } from './stacks/identity.ts'
import type { SessionStoreStack } from './stacks/session-store.ts'

/** Longer than a request, shorter than the time that ECS waits before it kills. */
export const DRAIN_SECONDS = 20

/** Values stand in the task definition, secrets are fetched by ECS at the start of a task. */
export interface ServiceEnvironment<Variable extends string> {
  values: Partial<Record<Variable, string>>
  secrets: Partial<Record<Variable, Secret>>
}

interface Sources {
  deployment: Deployment
  edge: EdgeStack
  identity: IdentityStack
  sessionStore: SessionStoreStack
}

type SharedVariable = keyof AgentWorkloadEnvironment & keyof SessionBindingEnvironment

export function sessionBindingEnvironment(sources: Sources): ServiceEnvironment<keyof SessionBindingEnvironment> {
  return shared('session-binding', sources)
}

export function agentWorkloadEnvironment(sources: Sources): ServiceEnvironment<keyof AgentWorkloadEnvironment> {
  const { deployment, identity, sessionStore } = sources
  const { signIn, workloadIdentity } = identity
  const common = shared('agent-workload', sources)
  return {
    values: {
      ...common.values,
      OIDC_ISSUER: signIn.issuer,
      OIDC_CLIENT_ID: signIn.client.clientId,
      OIDC_SIGN_OUT: 'cognito',
      WORKLOAD_NAME: workloadIdentity.name,
      IDENTITY_ARTIFACT_MODE: deployment.identityArtifact,
      CONSENTS_AT_ONCE: deployment.consentsAtOnce,
      EFFECTS_PER_TURN: String(deployment.changes.perTurn),
      ASK_FIRST_PROVIDERS: deployment.changes.askFirst.join(','),
      USER_ID_PREFIX: 'cognito',
      AUTHORIZATION_URL_ORIGIN: `https://bedrock-agentcore.${deployment.region}.amazonaws.com`,
      MODEL_PROVIDER: 'bedrock',
      BEDROCK_MODEL_ID: deployment.modelId,
      ...providerVariables(identity),
    },
    secrets: {
      ...common.secrets,
      OIDC_CLIENT_SECRET: new ContainerSecret(signIn.clientSecret),
      USER_TOKENS_KEYS: new ContainerSecret(sessionStore.keyRings.userTokens),
      TURN_KEYS: new ContainerSecret(sessionStore.keyRings.turns),
    },
  }
}

function shared(
  service: 'agent-workload' | 'session-binding',
  { deployment, edge, sessionStore }: Sources,
): ServiceEnvironment<SharedVariable> {
  return {
    values: {
      PORT: String(CONTAINER_PORT),
      PUBLIC_URL: edge.publicUrl,
      REDIS_URL: sessionStore.url,
      REDIS_USERNAME: service,
      REDIS_TOPOLOGY: deployment.sessionStore.topology,
      AWS_REGION: deployment.region,
      SHUTDOWN_DRAIN_SECONDS: String(DRAIN_SECONDS),
      // In both stages the last address in X-Forwarded-For is the browser's (constructs/load-balancer.ts).
      TRUSTED_PROXIES: '1',
    },
    secrets: {
      REDIS_PASSWORD: new ContainerSecret(sessionStore.users[service].password),
      USER_SESSION_KEYS: new ContainerSecret(sessionStore.keyRings.userSessions),
      IDENTITY_ARTIFACT_KEYS: new ContainerSecret(sessionStore.keyRings.identityArtifacts),
    },
  }
}

/** A provider is switched on by naming its credential provider; each needs to know where its API is. */
function providerVariables({
  providers,
  signIn,
}: IdentityStack): Partial<Record<keyof AgentWorkloadEnvironment, string>> {
  const profile = providers.get('profile')
  const github = providers.get('github')
  const googleCalendar = providers.get('google-calendar')
  return {
    ...(profile && {
      PROFILE_CREDENTIAL_PROVIDER: profile.name,
      PROFILE_API_URL: `${signIn.domainUrl}/oauth2/userInfo`,
    }),
    ...(github && { GITHUB_CREDENTIAL_PROVIDER: github.name, GITHUB_API_URL: 'https://api.github.com' }),
    ...(googleCalendar && {
      GOOGLE_CALENDAR_CREDENTIAL_PROVIDER: googleCalendar.name,
      GOOGLE_CALENDAR_API_URL: 'https://www.googleapis.com',
    }),
  }
}
