import type { ProviderId } from '@agent-identity/contracts'
import { credentialProviderInput } from '@agent-identity/provider-kit'
import { PROVIDERS } from '@agent-identity/providers'
import { loadStandIn } from '@agent-identity/providers/stand-ins'
import type { EmulatorOptions } from 'agentcore-identity-emulator'
import { type Deployment, mcpPoliciesOf } from '../deployment.ts'
import type { ServiceName } from '../services/service-name.ts'
import { ACCOUNT_ID, REGION, type Settings } from '../settings.ts'

export type IdentityAssumptions = NonNullable<EmulatorOptions['assumptions']>

export async function agentcoreIdentityConfiguration(
  settings: Settings,
  deployment: Deployment,
  assumptions?: IdentityAssumptions,
): Promise<EmulatorOptions> {
  const { awsCredentials } = settings
  const { workloadName, credentialProviders, taskRolePolicies } = deployment
  const principal = (service: ServiceName) => ({
    ...awsCredentials[service],
    principal: service,
    policies: [...taskRolePolicies[service]],
  })
  return {
    region: REGION,
    accountId: ACCOUNT_ID,
    credentials: [
      principal('agent-workload'),
      principal('session-binding'),
      { ...awsCredentials['mcp-server'], principal: 'mcp-server', policies: [...mcpPoliciesOf(settings, deployment)] },
      { ...awsCredentials.administrator, principal: 'administrator' },
    ],
    workloadIdentities: [{ name: workloadName, allowedResourceOauth2ReturnUrls: [settings.returnUrl] }],
    oauth2CredentialProviders: (
      await Promise.all(Object.entries(credentialProviders).map(([id, name]) => oauthProvider(id, name, settings)))
    ).filter((provider) => provider !== undefined),
    apiKeyCredentialProviders: Object.entries(credentialProviders).flatMap(([id, name]) => apiKey(id, name, settings)),
    assumptions,
  }
}

function apiKey(id: ProviderId, name: string, { providerClients }: Settings) {
  const client = providerClients.get(id)
  return client && PROVIDERS.get(id)?.credential === 'api-key' ? [{ name, apiKey: client.secret }] : []
}

async function oauthProvider(id: ProviderId, name: string, { vendors, signIn, providerClients }: Settings) {
  const provider = PROVIDERS.get(id)
  const client = providerClients.get(id)
  if (!provider || !client) throw new Error(`There is no provider ${id}`)
  if (provider.credential === 'api-key') return undefined
  const { authorizationServer } = provider
  const issuer = vendors[id] ?? signIn
  const paths = vendors[id] ? (await loadStandIn(id)).endpoints : { authorization: '/auth', token: '/token' }
  const endpoints = {
    issuer,
    // AgentCore requires an authorization endpoint even when no user is sent there.
    authorizationEndpoint: `${issuer}${paths.authorization ?? '/authorize'}`,
    tokenEndpoint: `${issuer}${paths.token ?? '/token'}`,
  }
  return {
    name,
    credentialProviderVendor: authorizationServer.vendor,
    oauth2ProviderConfigInput: credentialProviderInput(
      authorizationServer,
      { clientId: client.id, clientSecret: client.secret },
      endpoints,
    ),
    endpoints,
    callbackId: client.callbackId,
  }
}
