import { SecretValue } from 'aws-cdk-lib'
import type { CfnOAuth2CredentialProvider } from 'aws-cdk-lib/aws-bedrockagentcore'
import type { Construct } from 'constructs'
import { prefixOf } from '../names.ts'
import { CredentialProvider } from './credential-provider.ts'
import type { CustomResources } from './custom-resources.ts'
import type { ProviderClient } from './options.ts'
import { ProfileProvider } from './profile-provider.ts'
import type { SignIn } from './sign-in.ts'

interface Props {
  deployment: { name: string; clientSecretsOnlyViaAgentCore: boolean }
  client: ProviderClient
  signIn: SignIn
  customResources: CustomResources
}

export function createCredentialProvider(scope: Construct, props: Props): CredentialProvider {
  const { deployment, client, ...forProfile } = props
  const common = {
    name: `${prefixOf(deployment)}-${client.name}`,
    clientSecretsOnlyViaAgentCore: deployment.clientSecretsOnlyViaAgentCore,
  }
  switch (client.name) {
    case 'profile':
      return new ProfileProvider(scope, 'Profile', { ...common, ...forProfile }).provider
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
