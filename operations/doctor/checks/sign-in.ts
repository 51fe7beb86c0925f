import { ROUTES } from '@agent-identity/contracts'
import { DescribeUserPoolClientCommand, type UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider'
import { isNotFound } from '../describe-failure.ts'
import { byHand, type Check, DEPLOY_AGAIN, wrong } from '../finding.ts'
import { requireId, requireStack, type Stage } from '../stage.ts'

export const signIn: Check<Stage> = {
  name: 'sign-in client',
  async run(stage) {
    const { variable } = (await stage.services())['agent-workload']
    const { signIn: users } = stage.deployment
    const redirectUri = `${variable('PUBLIC_URL')}${ROUTES.signInRedirect}`
    if ('issuer' in users)
      return [byHand(`Compare: the client ${users.clientId} must have exactly the redirect URI ${redirectUri}`)]
    const ClientId = variable('OIDC_CLIENT_ID')
    const client = await readClient(stage, ClientId)
    if (!client)
      return [wrong(`The user pool has no client ${ClientId}, which the services sign users in with.`, DEPLOY_AGAIN)]
    return client.CallbackURLs?.join() === redirectUri
      ? []
      : [wrong(`The sign-in client must have exactly the redirect URI ${redirectUri}.`, DEPLOY_AGAIN)]
  },
}

/** @returns undefined when the user pool has no such client */
export async function readClient(stage: Stage, ClientId: string): Promise<UserPoolClientType | undefined> {
  const UserPoolId = requireId(requireStack(await stage.stacks(), 'identity'), 'AWS::Cognito::UserPool')
  try {
    return (await stage.aws.cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }))).UserPoolClient
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
