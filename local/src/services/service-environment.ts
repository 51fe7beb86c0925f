import {
  AgentWorkloadEnvironment,
  McpServerEnvironment,
  type ProviderId,
  SessionBindingEnvironment,
  type SwitchedOnProviders,
} from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { ADMINISTRATORS } from '@agent-identity/stand-in-kit'
import type { Deployment } from '../deployment.ts'
import { LocalStackError } from '../local-stack-error.ts'
import type { RedisUsers } from '../processes/redis-users.ts'
import { type AwsCredentials, newSecret, REGION, type Settings } from '../settings.ts'
import { type SignInHabit, signInVariables } from '../sign-in/habits.ts'
import { USER_INFO_PATH } from '../sign-in/user-info.ts'
import { revocationFunctionOf } from '../start-revocation-functions.ts'
import type { ServiceEnvironments, ServiceName } from './service-name.ts'

type Variables = Readonly<Record<string, string>>

export function createServiceEnvironments(options: {
  settings: Settings
  deployment: Deployment
  redisUrl: string
  /** Of AWS Lambda's stand-in. */
  lambdaUrl: string
  redisUsers?: RedisUsers | undefined
  habit: SignInHabit
  given: Variables
  /** They override `given`. */
  givenTo?: Partial<ServiceEnvironments> | undefined
}): ServiceEnvironments {
  const { settings, deployment, redisUrl, lambdaUrl, redisUsers, habit, given, givenTo } = options
  const open = (service: ServiceName) => ({
    ...DEFAULTS,
    ...signInVariables(habit),
    ...deployment.environments?.[service],
    ...given,
    ...givenTo?.[service],
  })
  if (given.MODEL_PROVIDER === 'bedrock')
    throw new LocalStackError(
      'MODEL_PROVIDER=bedrock needs AWS credentials, which the local services do not have: choose scripted or openai.',
    )

  const shared = {
    LISTEN_ADDRESS: '127.0.0.1',
    PUBLIC_URL: settings.app,
    REDIS_URL: redisUrl,
    USER_SESSION_KEYS: newKeyRing(),
    IDENTITY_ARTIFACT_KEYS: newKeyRing(),
    AWS_REGION: REGION,
  }
  const aws = (credentials: AwsCredentials) => ({
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: settings.agentcoreIdentity,
  })
  return {
    'session-binding': {
      ...pick(open('session-binding'), SessionBindingEnvironment.shape),
      ...shared,
      ...redisUsers?.environments['session-binding'],
      ...aws(settings.awsCredentials['session-binding']),
    },
    'agent-workload': {
      ...pick(open('agent-workload'), AgentWorkloadEnvironment.shape),
      ...shared,
      ...redisUsers?.environments['agent-workload'],
      ...aws(settings.awsCredentials['agent-workload']),
      USER_TOKENS_KEYS: newKeyRing(),
      TURN_KEYS: newKeyRing(),
      OIDC_ISSUER: settings.signIn,
      OIDC_CLIENT_ID: settings.signInClient.id,
      OIDC_CLIENT_SECRET: settings.signInClient.secret,
      OIDC_BACK_CHANNEL_LOGOUT: 'on',
      WORKLOAD_NAME: deployment.workloadName,
      AUTHORIZATION_URL_ORIGIN: settings.agentcoreIdentity,
      PROVIDERS: JSON.stringify(switchedOn(settings, deployment)),
      AWS_ENDPOINT_URL_LAMBDA: lambdaUrl,
      REVOCATION_FUNCTIONS: JSON.stringify(
        Object.fromEntries(
          Object.keys(deployment.credentialProviders)
            .filter((id) => PROVIDERS.get(id)?.revocation?.by === 'client')
            .map((id) => [id, revocationFunctionOf(id)]),
        ),
      ),
    },
  }
}

export function withMcpServer(
  environments: ServiceEnvironments,
  options: { settings: Settings; redisUsers?: RedisUsers | undefined; given: Variables },
): { environments: ServiceEnvironments; mcpEnvironment: Variables } {
  const { settings, redisUsers, given } = options
  const workload = environments['agent-workload']
  const CONNECTION_KEYS = newKeyRing()
  return {
    environments: { ...environments, 'agent-workload': { ...workload, CONNECTION_KEYS } },
    mcpEnvironment: {
      ...pick({ ...DEFAULTS, ...given }, McpServerEnvironment.shape),
      ...pick(workload, McpServerEnvironment.shape),
      ...redisUsers?.environments['mcp-server'],
      CONNECTION_KEYS,
      MCP_KEYS: newKeyRing(),
      AWS_ACCESS_KEY_ID: settings.awsCredentials['mcp-server'].accessKeyId,
      AWS_SECRET_ACCESS_KEY: settings.awsCredentials['mcp-server'].secretAccessKey,
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: settings.agentcoreIdentity,
    },
  }
}

function switchedOn({ vendors, signIn }: Settings, { credentialProviders }: Deployment): SwitchedOnProviders {
  const apiUrlOf = (id: ProviderId) => {
    // Without the braces, an address with parameters is a URL. Only its path is used here, and in every provider the parameters are in the host.
    const apiUrl = PROVIDERS.get(id)?.apiUrl.replaceAll(/[{}]/g, '')
    if (apiUrl === undefined || apiUrl === 'user-info') return new URL(USER_INFO_PATH, signIn).href
    return new URL(new URL(apiUrl).pathname, vendors[id]).href.replace(/\/$/, '')
  }
  const revocationUrlOf = (id: ProviderId) => {
    const revocation = PROVIDERS.get(id)?.revocation
    if (revocation?.by !== 'token' || !vendors[id]) return {}
    return { revocationUrl: new URL(new URL(revocation.url).pathname, vendors[id]).href }
  }
  return Object.fromEntries(
    Object.entries(credentialProviders).map(([id, credentialProvider]) => [
      id,
      { credentialProvider, apiUrl: apiUrlOf(id), ...revocationUrlOf(id) },
    ]),
  )
}

const DEFAULTS: Variables = {
  MODEL_PROVIDER: 'scripted',
  ADMIN_GROUP: ADMINISTRATORS,
  // So that Ctrl-C is quick.
  SHUTDOWN_DRAIN_SECONDS: '2',
  // CloudFront and the ALB.
  TRUSTED_PROXIES: '2',
  // All clients have one address here, and load tests must not reach the limits.
  SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE: '100000',
  RETURNS_PER_ADDRESS_PER_MINUTE: '100000',
  BACK_CHANNEL_LOGOUTS_PER_ADDRESS_PER_MINUTE: '100000',
  REFUSED_STARTS_PER_ADDRESS_PER_MINUTE: '100000',
  RETURNS_PER_USER_SESSION_PER_MINUTE: '100000',
  TURNS_PER_USER_PER_MINUTE: '100000',
  TURN_STREAMS_PER_USER_PER_MINUTE: '100000',
  MCP_CALLS_PER_USER_PER_MINUTE: '100000',
  MCP_CALLS_PER_CLIENT_PER_MINUTE: '100000',
  CONVERSATION_READS_PER_USER_PER_MINUTE: '100000',
  CONNECTION_READS_PER_USER_PER_MINUTE: '100000',
  STARTS_PER_USER_SESSION_PER_MINUTE: '100000',
  CONNECTS_PER_USER_SESSION_PER_MINUTE: '100000',
  PERSONAL_DATA_REQUESTS_PER_USER_PER_MINUTE: '100000',
  EVENT_STREAMS_PER_USER_SESSION: '1000',
  PENDING_AUTHORIZATIONS_PER_USER_SESSION: '100',
}

const pick = (variables: Variables, shape: object): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => name in shape))

const newKeyRing = () => JSON.stringify({ sealWith: 'local', local: newSecret() })
