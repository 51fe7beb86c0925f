import type { ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { type Check, DEPLOY_AGAIN, type Finding, notChecked, underWay, wrong } from '../finding.ts'
import type { StoredProvider } from '../read-providers.ts'
import type { Subject } from '../subject.ts'

export interface WithProviders extends Subject {
  providers(): Promise<readonly StoredProvider[]>
  /** Absent for a demo. */
  deployment?: { providers: readonly { provider: { id: ProviderId } }[] }
}

export const credentialProviders: Check<WithProviders> = {
  name: 'credential providers',
  async run({ providers, deployment }) {
    const used = await providers()
    return [
      ...(deployment
        ? differences(
            used,
            deployment.providers.map(({ provider }) => provider.id),
          )
        : []),
      ...used.flatMap(stateOf),
    ]
  },
}

function differences(used: readonly StoredProvider[], asked: readonly ProviderId[]): Finding[] {
  const missing = asked.filter((name) => !used.some(({ id }) => id === name))
  const more = used.filter(({ id }) => !asked.includes(id))
  return [
    ...missing.map((name) =>
      wrong(`The provider ${name} is switched on here, and the services do not use it.`, SAME_PROVIDERS),
    ),
    ...more.map(({ id }) => wrong(`The services use the provider ${id}, which is switched off here.`, SAME_PROVIDERS)),
  ]
}

const SAME_PROVIDERS = 'Give doctor the same -c providers=… as the deployment; if you did, deploy again with it.'

const ASK_AGENTCORE = 'aws bedrock-agentcore-control get-oauth2-credential-provider says why.'

function stateOf({ id, name, stored }: StoredProvider): Finding[] {
  if (!PROVIDERS.has(id)) return [notChecked(`This checkout has no provider ${id}.`)]
  if (!stored) return [wrong(`AgentCore has no credential provider ${name} for ${id}.`, DEPLOY_AGAIN)]
  // AgentCore was seen to omit `status` of a provider that works.
  const { status = null } = stored
  if (status === null || status === 'READY') return []
  const notReady = status.endsWith('ING') ? underWay : wrong
  return [notReady(`The credential provider ${name} is not ready (${status}).`, ASK_AGENTCORE)]
}
