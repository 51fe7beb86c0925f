import type { ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { type Check, DEPLOY_AGAIN, type Finding, notChecked, wrong } from '../finding.ts'
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

function stateOf({ id, credential, name, stored }: StoredProvider): Finding[] {
  const provider = PROVIDERS.get(id)
  if (!provider) return [notChecked(`This checkout has no provider ${id}.`)]
  if (!stored) return [wrong(`AgentCore has no credential provider ${name} for ${id}.`, DEPLOY_AGAIN)]
  const { status, credentialProviderVendor: vendor, callbackUrl } = stored
  const expected = provider.credential === 'api-key' ? undefined : provider.authorizationServer.vendor
  return [
    ...(vendor === expected
      ? []
      : [wrong(`The credential provider ${name} is not of the vendor ${expected}.`, DEPLOY_AGAIN)]),
    // AgentCore was seen to omit `status` of a provider that works.
    ...(status === undefined || status === null || status === 'READY'
      ? []
      : [
          wrong(
            `The credential provider ${name} is not ready (${status}).`,
            'Wait a minute and run doctor again; if it stays, aws bedrock-agentcore-control get-oauth2-credential-provider says why.',
          ),
        ]),
    ...(callbackUrl || credential === 'api-key'
      ? []
      : [wrong(`The credential provider ${name} has no callback URL.`, DEPLOY_AGAIN)]),
  ]
}
