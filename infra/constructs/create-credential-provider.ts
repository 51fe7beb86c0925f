import { SecretValue } from 'aws-cdk-lib'
import type { CfnOAuth2CredentialProvider } from 'aws-cdk-lib/aws-bedrockagentcore'
import type { Construct } from 'constructs'
import { DeploymentError } from '../deployment-error.ts'
import { prefixOf } from '../names.ts'
import type { CognitoSignIn } from './cognito-sign-in.ts'
import { CredentialProvider } from './credential-provider.ts'
import type { CustomResources } from './custom-resources.ts'
import type { ProviderClient } from './options.ts'
import { ProfileProvider } from './profile-provider.ts'

interface Props {
  deployment: { name: string; clientSecretsOnlyViaAgentCore: boolean }
  client: ProviderClient
  /** Where `profile` is; with another sign-in there is no such provider. */
  cognito: CognitoSignIn | undefined
  customResources: CustomResources
}

const PROFILE_IS_COGNITOS =
  'The provider "profile" is the user\'s own record at Cognito, and users sign in elsewhere: leave it out of the providers.'

export function createCredentialProvider(scope: Construct, props: Props): CredentialProvider {
  const { deployment, client, cognito, customResources } = props
  const common = {
    name: `${prefixOf(deployment)}-${client.name}`,
    clientSecretsOnlyViaAgentCore: deployment.clientSecretsOnlyViaAgentCore,
  }
  switch (client.name) {
    case 'profile':
      if (!cognito) throw new DeploymentError(PROFILE_IS_COGNITOS)
      return new ProfileProvider(scope, 'Profile', { ...common, signIn: cognito, customResources }).provider
    case 'github':
      return new CredentialProvider(scope, 'Github', {
        ...common,
        vendor: 'GithubOauth2',
        configuration: { githubOauth2ProviderConfig: clientIn(client.secret) },
        registerAt: 'your OAuth app (GitHub, Settings, Developer settings, OAuth Apps)',
      })
    case 'google-calendar':
      return new CredentialProvider(scope, 'GoogleCalendar', {
        ...common,
        vendor: 'GoogleOauth2',
        configuration: { googleOauth2ProviderConfig: clientIn(client.secret) },
        registerAt: 'your OAuth client (Google Cloud console, Credentials, Authorized redirect URIs)',
      })
  }
}

/** References that CloudFormation resolves while deploying: neither the id nor the secret is in the template. */
function clientIn(secret: string): CfnOAuth2CredentialProvider.GithubOauth2ProviderConfigInputProperty {
  const field = (jsonField: string) => SecretValue.secretsManager(secret, { jsonField }).unsafeUnwrap()
  return { clientId: field('clientId'), clientSecret: field('clientSecret') }
}
