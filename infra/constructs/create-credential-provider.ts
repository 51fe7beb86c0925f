import { credentialProviderInput, parametersOf, withParameters } from '@agent-identity/provider-kit'
import { SecretValue } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { DeploymentError } from '../deployment-error.ts'
import { prefixOf } from '../names.ts'
import type { CognitoSignIn } from './cognito-sign-in.ts'
import { ApiKeyCredentialProvider, type CredentialProvider, OAuthCredentialProvider } from './credential-provider.ts'
import type { CustomResources } from './custom-resources.ts'
import { removalPolicyOf } from './customer-key.ts'
import type { DeploymentOptions, ProviderClient } from './options.ts'
import { ProfileProvider } from './profile-provider.ts'

interface Props {
  deployment: Pick<DeploymentOptions, 'name' | 'keepsData'> & { clientSecretsOnlyViaAgentCore: boolean }
  client: ProviderClient
  /** Only the provider `profile` needs it. */
  cognito: CognitoSignIn | undefined
  customResources: CustomResources
}

const PROFILE_IS_COGNITOS =
  'The provider "profile" is the user\'s own record at Cognito, and users sign in elsewhere: leave it out of the providers.'

/**
 * The credential provider at AgentCore, with your OAuth client or API key. For `profile` it also creates the client at the user pool: a deployment
 * that reverts drift removes the client's callback URL, unless the context `revertDrift` has a new value, as with
 * `npm run deploy -- --revert-drift`.
 */
export function createCredentialProvider(scope: Construct, props: Props): CredentialProvider {
  const { deployment, client, cognito, customResources } = props
  const { provider, secret = '', parameters = {} } = client
  const revocationUrl = provider.revocation && 'url' in provider.revocation ? provider.revocation.url : ''
  const filled = (address: string) =>
    parametersOf(address).length > 0 ? withParameters(address, parameters) : undefined
  const common = {
    name: `${prefixOf(deployment)}-${provider.id}`,
    removalPolicy: removalPolicyOf(deployment),
    clientSecretsOnlyViaAgentCore: deployment.clientSecretsOnlyViaAgentCore,
    apiUrl: filled(provider.apiUrl),
    revocationUrl: filled(revocationUrl),
  }
  const constructId = pascalCase(provider.id)
  if (provider.credential === 'api-key')
    return new ApiKeyCredentialProvider(scope, constructId, { ...common, apiKey: fieldOf(secret, 'apiKey') })
  const { credential, authorizationServer } = provider
  if ('client' in authorizationServer) {
    if (!cognito) throw new DeploymentError(PROFILE_IS_COGNITOS)
    return new ProfileProvider(scope, constructId, { ...common, signIn: cognito, customResources }).provider
  }
  return new OAuthCredentialProvider(scope, constructId, {
    ...common,
    credential,
    vendor: authorizationServer.vendor,
    configuration: credentialProviderInput(withParameters(authorizationServer, parameters), {
      clientId: fieldOf(secret, 'clientId'),
      clientSecret: fieldOf(secret, 'clientSecret'),
    }),
    // Only consents need a registered callback URL.
    ...('registerAt' in authorizationServer ? { registerAt: authorizationServer.registerAt } : {}),
  })
}

const pascalCase = (id: string) => id.replace(/(?:^|-)([a-z0-9])/g, (_dash, letter: string) => letter.toUpperCase())

const fieldOf = (secret: string, jsonField: string) => SecretValue.secretsManager(secret, { jsonField }).unsafeUnwrap()
