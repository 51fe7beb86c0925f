import type { EmulatorOptions } from 'agentcore-identity-emulator'
import type { Deployment } from '../deployment.ts'
import type { ServiceName } from '../services/service-environment.ts'
import { ACCOUNT_ID, REGION, type Settings } from '../settings.ts'

/** What AWS does not say of AgentCore Identity, so that a stack can be had with each. Defaults are the emulator's. */
export type IdentityAssumptions = NonNullable<EmulatorOptions['assumptions']>

/** What the stacks of `infra` create in AWS, for the emulator. */
export function agentcoreIdentityConfiguration(
  settings: Settings,
  deployment: Deployment,
  assumptions: IdentityAssumptions = {},
): EmulatorOptions {
  const { awsCredentials, providerClients, vendors, signIn } = settings
  const { workloadName, credentialProviders, taskRolePolicies } = deployment
  const principal = (service: ServiceName) => ({
    ...awsCredentials[service],
    principal: service,
    policies: [...taskRolePolicies[service]],
  })
  const client = ({ id, secret }: { id: string; secret: string }) => ({ clientId: id, clientSecret: secret })
  return {
    region: REGION,
    accountId: ACCOUNT_ID,
    credentials: [
      principal('agent-workload'),
      principal('session-binding'),
      { ...awsCredentials.administrator, principal: 'administrator' },
    ],
    workloadIdentities: [{ name: workloadName, allowedResourceOauth2ReturnUrls: [settings.returnUrl] }],
    oauth2CredentialProviders: [
      {
        name: credentialProviders.github,
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: client(providerClients.github) },
        endpoints: {
          issuer: vendors.github,
          authorizationEndpoint: `${vendors.github}/login/oauth/authorize`,
          tokenEndpoint: `${vendors.github}/login/oauth/access_token`,
        },
        callbackId: providerClients.github.callbackId,
      },
      {
        name: credentialProviders['google-calendar'],
        credentialProviderVendor: 'GoogleOauth2',
        oauth2ProviderConfigInput: { googleOauth2ProviderConfig: client(providerClients['google-calendar']) },
        endpoints: {
          issuer: vendors['google-calendar'],
          authorizationEndpoint: `${vendors['google-calendar']}/o/oauth2/v2/auth`,
          tokenEndpoint: `${vendors['google-calendar']}/token`,
        },
        callbackId: providerClients['google-calendar'].callbackId,
      },
      {
        name: credentialProviders.profile,
        credentialProviderVendor: 'CognitoOauth2',
        oauth2ProviderConfigInput: {
          includedOauth2ProviderConfig: {
            ...client(providerClients.profile),
            issuer: signIn,
            authorizationEndpoint: `${signIn}/auth`,
            tokenEndpoint: `${signIn}/token`,
          },
        },
        callbackId: providerClients.profile.callbackId,
      },
    ],
    assumptions,
  }
}
