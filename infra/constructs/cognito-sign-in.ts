import { ROUTES } from '@agent-identity/contracts'
import { CfnOutput, Fn, SecretValue, Stack } from 'aws-cdk-lib'
import * as cognito from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { AppClient } from './app-client.ts'
import { ContainerSecret } from './container-secret.ts'
import { lastingRemovalPolicyOf } from './customer-key.ts'
import type { CognitoUsers, DeploymentOptions, TokenClaim } from './options.ts'
import type { SecretsKey } from './secrets-key.ts'
import type { SignInAccess } from './sign-in-access.ts'

interface SignInProps {
  deployment: DeploymentOptions
  users: CognitoUsers
  publicUrl: string
  secretsKey: SecretsKey
}

/** A user pool, and the client that signs users in. */
export class CognitoSignIn extends Construct implements SignInAccess {
  readonly userPool: cognito.UserPool
  readonly issuer: string
  /** The base URL of the endpoints authorize, token and userInfo. */
  readonly domainUrl: string
  readonly pages: string
  readonly clientId: string
  readonly clientSecret: ContainerSecret
  readonly tokenClaim: TokenClaim
  readonly signOut = 'cognito'
  /** A user pool sends no logout tokens. */
  readonly backChannelLogout = false
  readonly userIdPrefix = 'cognito'
  /** A client's sign-in pages can be created only after this domain. */
  readonly domain: cognito.CfnUserPoolDomain

  constructor(scope: Construct, id: string, { deployment, users, publicUrl, secretsKey }: SignInProps) {
    super(scope, id)
    const { region, stackId } = Stack.of(this)
    this.userPool = createUserPool(this, deployment, users)
    this.issuer = `https://cognito-idp.${region}.amazonaws.com/${this.userPool.userPoolId}`
    this.domain = new cognito.CfnUserPoolDomain(this, 'Domain', {
      userPoolId: this.userPool.userPoolId,
      domain: uniqueDomainPrefix(stackId),
      managedLoginVersion: 2,
    })
    this.domainUrl = `https://${this.domain.ref}.auth.${region}.amazoncognito.com`
    this.pages = this.domainUrl
    const client = new AppClient(this, 'Client', {
      userPool: this.userPool,
      domain: this.domain,
      // Not `aws.cognito.signin.user.admin`: with it a stolen access token could change the user's own attributes.
      scopes: ['openid', 'profile', 'email'],
      callbackUrls: [`${publicUrl}${ROUTES.signInRedirect}`],
      signedOutUrl: `${publicUrl}${ROUTES.signedOut}`,
      // The default of USER_SESSION_ABSOLUTE_SECONDS.
      refreshTokenMinutes: 12 * 60,
    })
    this.clientId = client.clientId
    this.tokenClaim = { client_id: client.clientId }
    this.clientSecret = new ContainerSecret(
      secretsKey.secret(this, 'ClientSecret', {
        description: 'Client secret of the sign-in client',
        secretStringValue: SecretValue.resourceAttribute(client.clientSecret),
      }),
    )
    new CfnOutput(this, 'UserPoolId', { value: this.userPool.userPoolId, description: 'Where the first user is made' })
  }
}

function createUserPool(
  scope: Construct,
  deployment: DeploymentOptions,
  { mfa, sender }: CognitoUsers,
): cognito.UserPool {
  const isRequired = mfa === 'required'
  const userPool = new cognito.UserPool(scope, 'UserPool', {
    selfSignUpEnabled: false,
    signInAliases: { email: true },
    signInCaseSensitive: false,
    standardAttributes: { email: { required: true, mutable: true }, fullname: { required: false, mutable: true } },
    accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
    featurePlan: cognito.FeaturePlan.ESSENTIALS,
    mfa: isRequired ? cognito.Mfa.REQUIRED : cognito.Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    passwordPolicy: {
      minLength: 14,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      requireSymbols: true,
    },
    deletionProtection: deployment.keepsData,
    removalPolicy: lastingRemovalPolicyOf(deployment),
  })
  // The L2's `withSES` takes no ARN.
  if (sender)
    (userPool.node.defaultChild as cognito.CfnUserPool).emailConfiguration = {
      emailSendingAccount: 'DEVELOPER',
      from: sender.from,
      sourceArn: sender.identityArn,
    }
  acknowledge(userPool, {
    'AwsSolutions-COG8':
      'The Plus plan adds threat protection at a price per active user: a decision for the operator (docs/cost.md).',
    ...(isRequired
      ? {}
      : { 'AwsSolutions-COG2': 'In the sandbox a first sign-in must work without an authenticator app.' }),
  })
  return userPool
}

/** 48 bits of the stack's id: a prefix must be unique in its Region, over all accounts. */
function uniqueDomainPrefix(stackId: string): string {
  const uuid = Fn.select(2, Fn.split('/', stackId))
  return Fn.join('-', ['agents', Fn.select(0, Fn.split('-', uuid)), Fn.select(1, Fn.split('-', uuid))])
}
