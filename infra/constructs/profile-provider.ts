import { createHash } from 'node:crypto'
import type { RemovalPolicy } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { AppClient, type AppClientChoices, appClientSettings } from './app-client.ts'
import type { CognitoSignIn } from './cognito-sign-in.ts'
import { OAuthCredentialProvider } from './credential-provider.ts'
import type { CustomResources, DeploymentCall } from './custom-resources.ts'

interface ProfileProviderProps {
  name: string
  removalPolicy: RemovalPolicy
  clientSecretsOnlyViaAgentCore: boolean
  signIn: CognitoSignIn
  customResources: CustomResources
}

/**
 * The signed-in user's own profile at Cognito, which the agent needs consent for. Its access token has the issuer and the subject of a sign-in token,
 * so minting requires a claim of the client, too.
 */
export class ProfileProvider extends Construct {
  readonly provider: OAuthCredentialProvider

  constructor(scope: Construct, id: string, { signIn, customResources, ...names }: ProfileProviderProps) {
    super(scope, id)
    const client = new AppClient(this, idOfClient(PROFILE_CLIENT), {
      ...PROFILE_CLIENT,
      userPool: signIn.userPool,
      domain: signIn.domain,
    })
    this.provider = new OAuthCredentialProvider(this, 'Provider', {
      ...names,
      credential: 'user',
      vendor: 'CognitoOauth2',
      configuration: {
        includedOauth2ProviderConfig: {
          clientId: client.clientId,
          clientSecret: client.clientSecret,
          issuer: signIn.issuer,
          authorizationEndpoint: `${signIn.domainUrl}/oauth2/authorize`,
          tokenEndpoint: `${signIn.domainUrl}/oauth2/token`,
        },
      },
    })
    const { callbackUrl } = this.provider
    customResources.call(this, 'CallbackUrl', registerCallbackUrl({ client, signIn, callbackUrl }))
  }
}

export const PROFILE_CLIENT: AppClientChoices = {
  scopes: ['openid', 'profile', 'email'],
  // Reserved by RFC 2606: the domain has no owner. `registerCallbackUrl` replaces it.
  callbackUrls: ['https://callback-url.invalid/'],
  refreshTokenMinutes: 30 * 24 * 60,
}

/** Other settings create another client: an update of the client, and its rollback, would restore the reserved callback URL. */
export const idOfClient = (choices: AppClientChoices) =>
  `Client${createHash('sha256')
    .update(JSON.stringify(appClientSettings(choices)))
    .digest('hex')
    .slice(0, 8)}`

/**
 * CloudFormation cannot resolve the cycle: AgentCore creates the callback URL with the provider, the provider needs the client's id, and the client
 * needs the callback URL.
 */
function registerCallbackUrl(props: { client: AppClient; signIn: CognitoSignIn; callbackUrl: string }): DeploymentCall {
  const { client, signIn, callbackUrl } = props
  const { settings } = client
  return {
    service: 'CognitoIdentityServiceProvider',
    action: 'UpdateUserPoolClient',
    permission: 'cognito-idp:UpdateUserPoolClient',
    resources: [signIn.userPool.userPoolArn],
    // An omitted setting would be reset to Cognito's default (API reference, UpdateUserPoolClient).
    parameters: {
      UserPoolId: signIn.userPool.userPoolId,
      ClientId: client.clientId,
      CallbackURLs: [callbackUrl],
      AllowedOAuthFlowsUserPoolClient: settings.allowedOAuthFlowsUserPoolClient,
      AllowedOAuthFlows: settings.allowedOAuthFlows,
      AllowedOAuthScopes: settings.allowedOAuthScopes,
      SupportedIdentityProviders: settings.supportedIdentityProviders,
      ExplicitAuthFlows: settings.explicitAuthFlows,
      PreventUserExistenceErrors: settings.preventUserExistenceErrors,
      EnableTokenRevocation: settings.enableTokenRevocation,
      AccessTokenValidity: settings.accessTokenValidity,
      IdTokenValidity: settings.idTokenValidity,
      RefreshTokenValidity: settings.refreshTokenValidity,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
    },
    // The template has the reserved callback URL.
    isDrift: true,
    // The reply contains the client secret.
    outputPaths: ['UserPoolClient.ClientId'],
  }
}
