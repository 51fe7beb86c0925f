import { mcpResourceOf, type ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import {
  agentWorkloadPolicy,
  mcpServerPolicy,
  type Proof,
  sessionBindingPolicy,
} from './agentcore-identity/policies.ts'
import type { RedisAccess } from './processes/redis-users.ts'
import type { ServiceEnvironments, ServiceName } from './services/service-name.ts'
import { ACCOUNT_ID, REGION, type Settings } from './settings.ts'
import { HABITS, type SignInHabit } from './sign-in/habits.ts'

export interface Deployment {
  workloadName: string
  /** The names of the credential providers at AgentCore. */
  credentialProviders: Readonly<Record<ProviderId, string>>
  taskRolePolicies: Readonly<Record<ServiceName, readonly Record<string, unknown>[]>>
  environments?: ServiceEnvironments
  /** Absent: everything is permitted. */
  redisAccess?: RedisAccess
}

export interface Surroundings {
  region: string
  accountId: string
  issuer: string
  signInClientId: string
}

export const surroundingsOf = ({ signIn, signInClient }: Settings): Surroundings => ({
  region: REGION,
  accountId: ACCOUNT_ID,
  issuer: signIn,
  signInClientId: signInClient.id,
})

export function ownDeployment(
  settings: Settings,
  given: Readonly<Record<string, string>>,
  habit: SignInHabit,
): Deployment {
  const workloadName = 'agent-workload'
  const offered = [...PROVIDERS.values()].filter(({ id }) => settings.providerClients.has(id))
  const credentialProviders = Object.fromEntries(offered.map(({ id }) => [id, id]))
  const scope = {
    region: REGION,
    accountId: ACCOUNT_ID,
    workloadName,
    credentialProviders: offered.map(({ id, credential }) => ({ name: id, credential })),
    proof: proofOf(settings, given, habit),
  }
  return {
    workloadName,
    credentialProviders,
    taskRolePolicies: {
      'agent-workload': [agentWorkloadPolicy(scope)],
      'session-binding': [sessionBindingPolicy(scope)],
    },
  }
}

/** The MCP server may present any access token that was issued for it, whichever client got it. */
export const mcpPoliciesOf = (
  { app, signIn }: Settings,
  { workloadName, credentialProviders }: Pick<Deployment, 'workloadName' | 'credentialProviders'>,
): readonly Record<string, unknown>[] => [
  mcpServerPolicy({
    region: REGION,
    accountId: ACCOUNT_ID,
    workloadName,
    credentialProviders: Object.entries(credentialProviders)
      .filter(([id]) => PROVIDERS.get(id)?.credential === 'user')
      .map(([, name]) => ({ name, credential: 'user' })),
    proof: { kind: 'jwt', issuer: signIn, tokenClaim: { aud: mcpResourceOf(app) } },
  }),
]

function proofOf(
  { signIn, signInClient }: Settings,
  given: Readonly<Record<string, string>>,
  habit: SignInHabit,
): Proof {
  return given.IDENTITY_ARTIFACT_MODE === 'user-id'
    ? { kind: 'user-id', prefix: given.USER_ID_PREFIX ?? 'cognito' }
    : { kind: 'jwt', issuer: signIn, tokenClaim: HABITS[habit].tokenClaim(signInClient.id) }
}
