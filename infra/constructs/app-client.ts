import * as cognito from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'

export interface AppClientChoices {
  scopes: readonly string[]
  callbackUrls: readonly string[]
  signedOutUrl?: string
  refreshTokenMinutes: number
}

export interface AppClientProps extends AppClientChoices {
  userPool: cognito.IUserPool
  domain: cognito.CfnUserPoolDomain
}

export type AppClientSettings = Omit<cognito.CfnUserPoolClientProps, 'userPoolId'>

/**
 * A confidential client at the user pool. L1, because `profile-provider.ts` needs all of its settings: `UpdateUserPoolClient` resets those that are
 * omitted.
 */
export class AppClient extends Construct {
  readonly clientId: string
  /** A reference: the template does not contain the value. */
  readonly clientSecret: string
  readonly settings: AppClientSettings

  constructor(scope: Construct, id: string, props: AppClientProps) {
    super(scope, id)
    this.settings = appClientSettings(props)
    const client = new cognito.CfnUserPoolClient(this, 'Client', {
      userPoolId: props.userPool.userPoolId,
      ...this.settings,
    })
    this.clientId = client.ref
    this.clientSecret = client.attrClientSecret

    createPages(this, { userPoolId: props.userPool.userPoolId, clientId: client.ref, domain: props.domain })
  }
}

/** A client without its own branding has sign-in pages that only say "login pages unavailable". */
export function createPages(
  scope: Construct,
  { userPoolId, clientId, domain }: { userPoolId: string; clientId: string; domain: cognito.CfnUserPoolDomain },
): void {
  const branding = new cognito.CfnManagedLoginBranding(scope, 'Pages', {
    userPoolId,
    clientId,
    useCognitoProvidedValues: true,
  })
  branding.addResourceDependency(domain)
}

export function appClientSettings(choices: AppClientChoices): AppClientSettings {
  return {
    generateSecret: true,
    allowedOAuthFlowsUserPoolClient: true,
    allowedOAuthFlows: ['code'],
    allowedOAuthScopes: [...choices.scopes],
    callbackUrLs: [...choices.callbackUrls],
    ...(choices.signedOutUrl === undefined ? {} : { logoutUrLs: [choices.signedOutUrl] }),
    supportedIdentityProviders: ['COGNITO'],
    // Cognito's API accepts no password for this client.
    explicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
    preventUserExistenceErrors: 'ENABLED',
    enableTokenRevocation: true,
    accessTokenValidity: 60,
    idTokenValidity: 60,
    refreshTokenValidity: choices.refreshTokenMinutes,
    tokenValidityUnits: { accessToken: 'minutes', idToken: 'minutes', refreshToken: 'minutes' },
  }
}
