import type { EmulatorOptions } from 'agentcore-identity-emulator'
import { ACCOUNT_ID, REGION, type Settings, WORKLOAD_NAME } from '../settings.ts'
import { agentWorkloadPolicy, type Proof, sessionBindingPolicy } from './policies.ts'

/** How a return from a denied consent looks: AWS does not say, so both are to be had. */
export type DeniedConsent = 'dead-end' | 'return'

/** What the stacks of `infra` create in AWS, for the emulator. */
export function agentcoreIdentityConfiguration(
  settings: Settings,
  proof: Proof,
  deniedConsent: DeniedConsent = 'dead-end',
): EmulatorOptions {
  const { awsCredentials, providerClients, vendors, signIn } = settings
  const scope = {
    region: REGION,
    accountId: ACCOUNT_ID,
    workloadName: WORKLOAD_NAME,
    credentialProviders: Object.keys(providerClients),
    proof,
  }
  const client = ({ id, secret }: { id: string; secret: string }) => ({ clientId: id, clientSecret: secret })
  return {
    region: REGION,
    accountId: ACCOUNT_ID,
    credentials: [
      { ...awsCredentials['agent-workload'], principal: 'agent-workload', policies: [agentWorkloadPolicy(scope)] },
      { ...awsCredentials['session-binding'], principal: 'session-binding', policies: [sessionBindingPolicy(scope)] },
      { ...awsCredentials.administrator, principal: 'administrator' },
    ],
    workloadIdentities: [{ name: WORKLOAD_NAME, allowedResourceOauth2ReturnUrls: [settings.returnUrl] }],
    oauth2CredentialProviders: [
      {
        name: 'github',
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
        name: 'google-calendar',
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
        name: 'profile',
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
    assumptions: { deniedConsent },
  }
}
