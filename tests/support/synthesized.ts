import { spawnSync } from 'node:child_process'
import { AgentWorkloadEnvironment } from '@agent-identity/contracts'
import { PROVIDER_CONTEXT_NAMES } from '@agent-identity/infra/provider-context'
import type { SynthesizedServices, SynthesizeServices } from '@agent-identity/infra/synthesized-service'
import type { Deployment, Surroundings } from '@agent-identity/local'
import { PROVIDERS } from '@agent-identity/providers'
import type { Service } from './stack.ts'

const EVERY_PROVIDER = {
  providers: [...PROVIDERS.keys()].join(','),
  ...Object.fromEntries(PROVIDER_CONTEXT_NAMES.map((name) => [name, `agents/${name}`])),
}

/** In mode `user-id` AgentCore gets no token of the user to exchange. */
const OF_USER_IDS = [...PROVIDERS.values()]
  .flatMap(({ id, credential }) => (credential === 'on-behalf-of' ? [] : id))
  .join()

const CONTEXTS = {
  sandbox: { stage: 'sandbox', region: 'us-east-1', ...EVERY_PROVIDER },
  production: {
    stage: 'production',
    region: 'us-east-1',
    domainName: 'agents.example.com',
    certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
    ...EVERY_PROVIDER,
  },
}

/** Variables whose values cannot be used on one machine, with the reasons. */
export const ONLY_IN_AWS: Readonly<Record<string, string>> = {
  PORT: 'every replica has its own',
  PUBLIC_URL: 'an address',
  REDIS_URL: 'an address',
  AUTHORIZATION_URL_ORIGIN: 'an address',
  PROVIDERS: 'addresses; the names of the credential providers are the same, which deploymentOf takes from it',
  REDIS_TOPOLOGY: 'one Redis here; tests/resilience has a cluster',
  OIDC_SIGN_OUT: 'Cognito’s protocol; the sign-in here speaks OpenID Connect’s',
  OIDC_BACK_CHANNEL_LOGOUT: 'Cognito sends no logout tokens; the sign-in here does',
  MODEL_PROVIDER: 'Bedrock is not available here',
  BEDROCK_MODEL_ID: 'Bedrock is not available here',
  REVOCATION_FUNCTIONS: 'AWS names the function; here another process answers for it',
  SHUTDOWN_DRAIN_SECONDS: 'there is no rolling deployment here',
}

/** The compiler does not follow a computed name: the CDK's declarations do not compile with this project's options. */
const CDK_APP: string = '@agent-identity/infra/synthesized-services'

export async function synthesize(
  stage: keyof typeof CONTEXTS,
  change: Parameters<SynthesizeServices>[1] = {},
): Promise<(surroundings: Surroundings) => SynthesizedServices> {
  const { synthesizeServices } = (await import(CDK_APP)) as { synthesizeServices: SynthesizeServices }
  const context = { ...CONTEXTS[stage], ...(change.identityArtifact === 'user-id' ? { providers: OF_USER_IDS } : {}) }
  const services = synthesizeServices(context, change)
  return (surroundings) => {
    if (surroundings.region !== CONTEXTS[stage].region) throw new Error('The local stack is in another Region')
    return services(surroundings)
  }
}

export function deploymentOf(services: SynthesizedServices): Deployment {
  const { values } = services['agent-workload']
  const value = (name: string) => {
    if (!values[name]) throw new Error(`The CDK app gives the agent workload no ${name}`)
    return values[name]
  }
  const ofEach = <Value>(read: (service: Service) => Value) => ({
    'agent-workload': read('agent-workload'),
    'session-binding': read('session-binding'),
  })
  return {
    workloadName: value('WORKLOAD_NAME'),
    credentialProviders: Object.fromEntries(
      Object.entries(AgentWorkloadEnvironment.shape.PROVIDERS.parse(value('PROVIDERS'))).map(
        ([id, { credentialProvider }]) => [id, credentialProvider],
      ),
    ),
    taskRolePolicies: ofEach((service) => services[service].taskRolePolicies),
    environments: ofEach((service) =>
      Object.fromEntries(Object.entries(services[service].values).filter(([name]) => !(name in ONLY_IN_AWS))),
    ),
    // Some tests give a replica a separate database on the same server.
    redisAccess: ofEach((service) => `${rulesForThisRedis(services[service].redisAccess)} +select`),
  }
}

/** Redis before 7.2 has no CLIENT SETINFO, and refuses rules about unknown commands. */
export function rulesForThisRedis(redisAccess: string): string {
  const [, major, minor] =
    /v=(\d+)\.(\d+)/.exec(spawnSync('redis-server', ['--version']).stdout?.toString() ?? '') ?? []
  const isOld = Number(major) < 7 || (major === '7' && Number(minor) < 2)
  return isOld ? redisAccess.replace(' +client|setinfo', '') : redisAccess
}
