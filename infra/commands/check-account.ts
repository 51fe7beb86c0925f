import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { DeploymentError } from '../read-deployment.ts'

/** `cdk bootstrap` stores its version in this parameter (CDK developer guide, bootstrapping). */
const BOOTSTRAP_VERSION = '/cdk-bootstrap/hnb659fds/version'

/** @returns the account's id. @throws DeploymentError without credentials that AWS confirms, or without the bootstrap */
export async function checkAccount(region: string): Promise<string> {
  const accountId = await signedInAccount(region)
  try {
    await new SSMClient({ region }).send(new GetParameterCommand({ Name: BOOTSTRAP_VERSION }))
  } catch (error) {
    // A caller that may deploy through the bootstrap's roles may have no permission to read this parameter; then the CDK checks it.
    if (!(error instanceof ParameterNotFound)) return accountId
    throw new DeploymentError(
      `The CDK is not set up in ${region} of account ${accountId}: run \`npm run bootstrap -- -c region=${region}\` once.`,
    )
  }
  return accountId
}

/** @throws DeploymentError without credentials that AWS confirms */
export async function signedInAccount(region: string): Promise<string> {
  try {
    const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}))
    return Account ?? 'unknown'
  } catch (error) {
    const { name } = error as Error
    throw new DeploymentError(
      name === 'CredentialsProviderError'
        ? 'No AWS credentials were found: sign in (`aws sso login`, `aws configure`) or name a profile with AWS_PROFILE.'
        : `AWS did not confirm the credentials (${name}): sign in again, name another profile with AWS_PROFILE, or check the network.`,
    )
  }
}
