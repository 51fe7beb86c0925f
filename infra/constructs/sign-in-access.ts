import type { ContainerSecret } from './container-secret.ts'
import type { TokenClaim } from './options.ts'

export interface SignInAccess {
  /** Exactly the tokens' `iss`: the JWT conditions in IAM compare with it. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: ContainerSecret
  /** A claim that only the access tokens of this client have: IAM allows the agent workload to mint with no other token. */
  readonly tokenClaim: TokenClaim
  readonly signOut: 'cognito' | 'rp-initiated'
  readonly backChannelLogout: boolean
  /** Default: that of `OIDC_SCOPES` in the contract. */
  readonly scopes?: string | undefined
  readonly authorizationParameters?: Readonly<Record<string, string>> | undefined
  /** It precedes the subject in user ids, when `identityArtifact` is `user-id`, so that the ids of two issuers can differ. */
  readonly userIdPrefix: string
  /** The address of the sign-in pages of the deployment's user pool, or the issuer of an existing OpenID provider. */
  readonly pages: string
}
