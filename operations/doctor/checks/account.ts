import { operationOf } from '../../target/aws-clients.ts'
import { type Check, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

export const account: Check<Stage> = {
  name: 'region and credentials',
  async run({ caller, deployment }) {
    try {
      await caller()
      return []
    } catch (error) {
      const { name } = error as Error
      if (name === 'CredentialsProviderError')
        return [wrong('No AWS credentials were found.', 'Sign in (aws sso login, aws configure) or set AWS_PROFILE.')]
      if (operationOf(error) && isRefusal(error))
        return [
          wrong(
            `AWS does not accept these credentials in ${deployment.region}.`,
            'Sign in again, set another AWS_PROFILE, or enable the Region in this account.',
          ),
        ]
      return [
        wrong(
          `AWS cannot be reached in ${deployment.region}.`,
          'Check the network, the proxy settings and the AWS_ENDPOINT_URL variables.',
        ),
      ]
    }
  },
}

function isRefusal(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  return status !== undefined && status >= 400 && status < 500
}
