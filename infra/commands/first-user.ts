import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import {
  AdminCreateUserCommand,
  type AdminCreateUserCommandInput,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider'
import { prefixOf } from '../names.ts'
import { DeploymentError, readStage } from '../read-deployment.ts'
import type { Stage } from '../stage-file.ts'
import { signedInAccount } from './check-account.ts'
import type { CommandLine } from './command-line.ts'

/** The beginning of an output's name (`constructs/cognito-sign-in.ts`). */
const USER_POOL_OUTPUT = 'SignInUserPoolId'

/** A user who has not chosen a password yet gets another e-mail. */
export async function firstUser({ context, email, name }: CommandLine): Promise<void> {
  if (!email?.includes('@') || !name)
    throw new DeploymentError('Say who: npm run first-user -- --email you@example.com --name "Your Name".')
  const stage = readStage(context)
  if ('issuer' in stage.signIn)
    throw new DeploymentError(`Stage "${stage.name}" signs users in at ${stage.signIn.issuer}: make them there.`)
  await signedInAccount(stage)
  const user: AdminCreateUserCommandInput = {
    UserPoolId: await userPoolOf(stage),
    Username: email,
    UserAttributes: [
      { Name: 'email', Value: email },
      // A forgotten password can be reset by e-mail only if the address is verified.
      { Name: 'email_verified', Value: 'true' },
      { Name: 'name', Value: name },
    ],
    // SMS by default, and our users have no telephone number (AdminCreateUser, DesiredDeliveryMediums).
    DesiredDeliveryMediums: ['EMAIL'],
  }
  const cognito = new CognitoIdentityProviderClient({ region: stage.region })
  try {
    await cognito.send(new AdminCreateUserCommand(user))
  } catch (error) {
    if ((error as Error).name !== 'UsernameExistsException') throw error
    await sendAgain(cognito, user)
  }
  process.stdout.write(`Cognito sends a temporary password to ${email}.\n`)
}

async function userPoolOf(stage: Stage): Promise<string> {
  const StackName = `${prefixOf(stage)}-identity`
  const { Stacks } = await new CloudFormationClient({ region: stage.region })
    .send(new DescribeStacksCommand({ StackName }))
    .catch((error: Error) => {
      if (error.name === 'ValidationError') return { Stacks: [] }
      throw error
    })
  const output = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey?.startsWith(USER_POOL_OUTPUT))
  if (output?.OutputValue) return output.OutputValue
  throw new DeploymentError(
    `There is no stack ${StackName} in ${stage.region}: run \`npm run deploy\` first, or name the stage and the Region.`,
  )
}

async function sendAgain(cognito: CognitoIdentityProviderClient, user: AdminCreateUserCommandInput): Promise<void> {
  try {
    await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'RESEND' }))
  } catch (error) {
    if ((error as Error).name !== 'UnsupportedUserStateException') throw error
    throw new DeploymentError(
      `${user.Username} has a password already; the sign-in page has "Forgot your password?" for a user who has forgotten it.`,
    )
  }
}
