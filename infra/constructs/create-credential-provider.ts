import { credentialProviderInput, withParameters } from '@agent-identity/provider-kit'
import { SecretValue } from 'aws-cdk-lib'
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

/** At AgentCore, with an OAuth client of yours. */
export function createCredentialProvider(scope: Construct, props: Props): CredentialProvider {
  const { deployment, client, cognito, customResources } = props
  const { id, authorizationServer } = client.provider
  const common = {
    name: `${prefixOf(deployment)}-${id}`,
    clientSecretsOnlyViaAgentCore: deployment.clientSecretsOnlyViaAgentCore,
  }
  const constructId = pascalCase(id)
  if ('client' in authorizationServer) {
    if (!cognito) throw new DeploymentError(PROFILE_IS_COGNITOS)
    return new ProfileProvider(scope, constructId, { ...common, signIn: cognito, customResources }).provider
  }
  return new CredentialProvider(scope, constructId, {
    ...common,
    vendor: authorizationServer.vendor,
    configuration: credentialProviderInput(
      withParameters(authorizationServer, client.parameters ?? {}),
      clientIn(client.secret ?? ''),
    ),
    registerAt: authorizationServer.registerAt,
  })
}

const pascalCase = (id: string) => id.replace(/(?:^|-)([a-z0-9])/g, (_dash, letter: string) => letter.toUpperCase())

/** References that CloudFormation resolves while deploying: neither the id nor the secret is in the template. */
function clientIn(secret: string) {
  const field = (jsonField: string) => SecretValue.secretsManager(secret, { jsonField }).unsafeUnwrap()
  return { clientId: field('clientId'), clientSecret: field('clientSecret') }
}
