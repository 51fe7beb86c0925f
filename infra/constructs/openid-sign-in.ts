import { ROUTES } from '@agent-identity/contracts'
import { CfnOutput } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import type { ContainerSecret } from './container-secret.ts'
import { existingContainerSecret } from './existing-secret.ts'
import type { OpenIdProvider, TokenClaim } from './options.ts'
import type { SignInAccess } from './sign-in-access.ts'

/** A user pool's original and its updated issuer. */
const COGNITO_ISSUER = /^https:\/\/(issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[^/]+$/

/** An existing OpenID provider. */
export class OpenIdSignIn extends Construct implements SignInAccess {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: ContainerSecret
  readonly tokenClaim: TokenClaim
  readonly signOut: SignInAccess['signOut']
  readonly backChannelLogout: boolean
  readonly scopes: string | undefined
  readonly authorizationParameters: Readonly<Record<string, string>> | undefined
  readonly userIdPrefix: string
  readonly pages: string

  constructor(scope: Construct, id: string, { provider, publicUrl }: { provider: OpenIdProvider; publicUrl: string }) {
    super(scope, id)
    this.issuer = provider.issuer
    this.clientId = provider.clientId
    this.signOut = COGNITO_ISSUER.test(provider.issuer) ? 'cognito' : 'rp-initiated'
    this.clientSecret = existingContainerSecret(this, 'ClientSecret', provider.clientSecret)
    this.tokenClaim = provider.tokenClaim === 'client_id' ? { client_id: provider.clientId } : provider.tokenClaim
    this.backChannelLogout = provider.backChannelLogout ?? false
    this.scopes = provider.scopes
    this.authorizationParameters = provider.authorizationParameters
    this.userIdPrefix = provider.userIdPrefix ?? 'oidc'
    this.pages = provider.issuer
    const where = 'at your OpenID provider'
    new CfnOutput(this, 'RedirectUri', {
      value: `${publicUrl}${ROUTES.signInRedirect}`,
      description: `Register this redirect URI ${where}`,
    })
    new CfnOutput(this, 'SignedOutUri', {
      value: `${publicUrl}${ROUTES.signedOut}`,
      description: `Register this URI for the return from signing out ${where}`,
    })
    if (this.backChannelLogout)
      new CfnOutput(this, 'BackChannelLogoutUri', {
        value: `${publicUrl}${ROUTES.backChannelLogout}`,
        description: `Register this URI for logout tokens ${where}`,
      })
  }
}
