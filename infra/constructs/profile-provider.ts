import { createHash } from 'node:crypto'
import { Construct } from 'constructs'
import { AppClient, type AppClientChoices, appClientSettings } from './app-client.ts'
import type { CognitoSignIn } from './cognito-sign-in.ts'
import { OAuthCredentialProvider } from './credential-provider.ts'
import type { CustomResources, DeploymentCall } from './custom-resources.ts'

interface ProfileProviderProps {
  name: string
  clientSecretsOnlyViaAgentCore: boolean
  signIn: CognitoSignIn
  customResources: CustomResources
}

/**
 * The signed-in user's own profile at Cognito, as a resource that the agent needs consent for: a whole authorization with
 * nobody's OAuth app. The token it yields has the issuer and the subject of a sign-in token; the client id alone tells
 * them apart, which is why minting asks for the sign-in client's (`WorkloadIdentity`).
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
  // Reserved by RFC 2606, so that nobody can own it. Replaced below, before anybody can use it.
  callbackUrl: 'https://callback-url.invalid/',
  // Kept in AgentCore’s token vault: the user is asked again after a month.
  refreshTokenMinutes: 30 * 24 * 60,
}

/**
 * Other settings are another client. CloudFormation never updates one then, because an update, and each rollback of one,
 * would put the callback URL back to the reserved one without the call below.
 */
export const idOfClient = (choices: AppClientChoices) =>
  `Client${createHash('sha256')
    .update(JSON.stringify(appClientSettings(choices)))
    .digest('hex')
    .slice(0, 8)}`

/**
 * AgentCore makes the callback URL when it makes the provider, the provider needs the client's id, and the client needs the
 * callback URL: CloudFormation cannot close that circle. This call does, once for each client.
 */
function registerCallbackUrl(props: { client: AppClient; signIn: CognitoSignIn; callbackUrl: string }): DeploymentCall {
  const { client, signIn, callbackUrl } = props
  const { settings } = client
  return {
    service: 'CognitoIdentityServiceProvider',
    action: 'UpdateUserPoolClient',
    permission: 'cognito-idp:UpdateUserPoolClient',
    resources: [signIn.userPool.userPoolArn],
    // All of it: what is not named here would fall back to Cognito's defaults (API reference, UpdateUserPoolClient).
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
    // The reply holds the client secret.
    outputPaths: ['UserPoolClient.ClientId'],
  }
}
