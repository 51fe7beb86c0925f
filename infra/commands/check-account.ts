import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { bootstrapQualifier } from '../feature-flags.ts'
import { DeploymentError } from '../read-deployment.ts'
import type { Stage } from '../stage-file.ts'

type Place = Pick<Stage, 'name' | 'account' | 'region'>

/** @returns the account's id. @throws DeploymentError without credentials that AWS confirms, in another account than the stage's, or without the bootstrap */
export async function checkAccount(stage: Place): Promise<string> {
  const { region } = stage
  const accountId = await signedInAccount(stage)
  const qualifier = bootstrapQualifier()
  try {
    // `cdk bootstrap` stores its version in this parameter (CDK developer guide, bootstrapping).
    await new SSMClient({ region }).send(new GetParameterCommand({ Name: `/cdk-bootstrap/${qualifier}/version` }))
  } catch (error) {
    // A caller that may deploy through the bootstrap's roles may have no permission to read this parameter; then the CDK checks it.
    if (!(error instanceof ParameterNotFound)) return accountId
    throw new DeploymentError(
      `The CDK is not set up in ${region} of account ${accountId} (qualifier ${qualifier}): run \`npm run bootstrap -- --stage ${stage.name} -c region=${region}\` once.`,
    )
  }
  return accountId
}

/** @throws DeploymentError without credentials that AWS confirms, or in another account than the stage's */
export async function signedInAccount({ name, account, region }: Place): Promise<string> {
  const accountId = await callersAccount(region)
  if (account === undefined || account === accountId) return accountId
  throw new DeploymentError(
    `Stage "${name}" is in account ${account} (infra/stages/${name}.ts), and the credentials are of account ${accountId}: name another profile with AWS_PROFILE. Nothing was done.`,
  )
}

async function callersAccount(region: string): Promise<string> {
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
