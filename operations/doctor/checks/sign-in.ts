import { ROUTES } from '@agent-identity/contracts'
import {
  DescribeManagedLoginBrandingByClientCommand,
  DescribeUserPoolClientCommand,
  type UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider'
import { isNotFound } from '../describe-failure.ts'
import { byHand, type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import { requireId, requireStack, type Stage } from '../stage.ts'

export const signIn: Check<Stage> = {
  name: 'sign-in client',
  async run(stage) {
    const { variable } = (await stage.services())['agent-workload']
    const { signIn: users } = stage.deployment
    if ('issuer' in users)
      return [
        ...(variable('OIDC_ISSUER') === users.issuer
          ? []
          : [wrong(`The services sign users in at ${variable('OIDC_ISSUER')}, not at ${users.issuer}.`, DEPLOY_AGAIN)]),
        byHand(
          `Compare: the client ${users.clientId} must have exactly the redirect URI ${variable('PUBLIC_URL')}${ROUTES.signInRedirect}`,
        ),
      ]
    const UserPoolId = requireId(requireStack(await stage.stacks(), 'identity'), 'AWS::Cognito::UserPool')
    const issuer = `https://cognito-idp.${stage.deployment.region}.amazonaws.com/${UserPoolId}`
    const ClientId = variable('OIDC_CLIENT_ID')
    const client = await readClient(stage, { UserPoolId, ClientId })
    return [
      ...(variable('OIDC_ISSUER') === issuer
        ? []
        : [wrong(`The services sign users in at ${variable('OIDC_ISSUER')}, not at ${issuer}.`, DEPLOY_AGAIN)]),
      ...(client
        ? settingsOf(client, variable('PUBLIC_URL'))
        : [wrong(`The user pool has no client ${ClientId}, which the services sign users in with.`, DEPLOY_AGAIN)]),
      ...(client && !(await hasPages(stage, { UserPoolId, ClientId }))
        ? [wrong(`The client ${ClientId} has no sign-in pages of its own (branding).`, DEPLOY_AGAIN)]
        : []),
    ]
  },
}

export interface ClientName {
  UserPoolId: string
  ClientId: string
}

export async function readClient({ aws }: Stage, name: ClientName): Promise<UserPoolClientType | undefined> {
  try {
    return (await aws.cognito.send(new DescribeUserPoolClientCommand(name))).UserPoolClient
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** A client without pages of its own shows "login pages unavailable". */
export async function hasPages({ aws }: Stage, name: ClientName): Promise<boolean> {
  try {
    return Boolean((await aws.cognito.send(new DescribeManagedLoginBrandingByClientCommand(name))).ManagedLoginBranding)
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function settingsOf(client: UserPoolClientType, publicUrl: string): Finding[] {
  const redirectUri = `${publicUrl}${ROUTES.signInRedirect}`
  const { CallbackURLs = [], AllowedOAuthFlows = [], ExplicitAuthFlows = [] } = client
  const isCodeOnly = AllowedOAuthFlows.length === 1 && AllowedOAuthFlows[0] === 'code'
  // Another flow could sign a user in without the managed login pages. Without a list, Cognito allows several (API reference, UserPoolClientType).
  const isPagesOnly = ExplicitAuthFlows.join() === 'ALLOW_REFRESH_TOKEN_AUTH'
  return [
    ...(CallbackURLs.length === 1 && CallbackURLs[0] === redirectUri
      ? []
      : [wrong(`The sign-in client must have exactly the redirect URI ${redirectUri}.`, DEPLOY_AGAIN)]),
    ...(isCodeOnly && isPagesOnly
      ? []
      : [wrong('The sign-in client allows more than the authorization code flow.', DEPLOY_AGAIN)]),
  ]
}
