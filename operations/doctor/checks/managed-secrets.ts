import { DescribeSecretCommand, type DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import { isNotFound } from '../describe-failure.ts'
import { type Check, type Finding, notChecked, wrong } from '../finding.ts'
import type { StoredProvider } from '../read-providers.ts'
import type { Stage } from '../stage.ts'

export const OWNER_TAG = 'aws:secretsmanager:owningService'
export const OWNER = 'bedrock-agentcore-identity'

/** The task roles' policies name secrets by a pattern, and require `OWNER_TAG`. */
export const managedSecrets: Check<Stage> = {
  name: 'client secrets of the providers',
  async run(stage) {
    const all = await stage.providers()
    return (await Promise.all(all.map((provider) => secretOf(provider, stage)))).flat()
  },
}

async function secretOf({ name, credential, stored }: StoredProvider, { aws }: Stage): Promise<Finding[]> {
  if (!stored) return [notChecked(`There is no credential provider ${name}.`)]
  const SecretId = stored.clientSecretArn?.secretArn
  if (!SecretId) return [notChecked(`AgentCore does not say where the client secret of ${name} is.`)]
  if (stored.clientSecretSource === 'EXTERNAL')
    return [
      wrong(
        `The credential provider ${name} uses a secret that AgentCore does not own (EXTERNAL), which the task roles may not read.`,
        'Update the provider with a client secret of its own.',
      ),
    ]
  try {
    return judge(name, credential, await aws.secretsManager.send(new DescribeSecretCommand({ SecretId })))
  } catch (error) {
    if (!isNotFound(error)) throw error
    return [wrong(`The client secret of the credential provider ${name} does not exist.`, STORE_AGAIN)]
  }
}

const STORE_AGAIN =
  'Store it again: aws bedrock-agentcore-control update-oauth2-credential-provider, or update-api-key-credential-provider for an API key.'

function judge(
  provider: string,
  credential: StoredProvider['credential'],
  { Name = '', Tags, DeletedDate }: DescribeSecretResponse,
): Finding[] {
  const start = `${OWNER}!default/${credential === 'api-key' ? 'apikey' : 'oauth2'}/${provider}`
  // Secrets Manager adds six characters to the ARN, not to the name. AgentCore may add eight hex digits.
  const suffix = Name.startsWith(start) ? Name.slice(start.length) : undefined
  const owner = Tags?.find(({ Key }) => Key === OWNER_TAG)?.Value
  return [
    ...(suffix !== undefined && /^(-[0-9a-f]{8})?$/.test(suffix)
      ? []
      : [
          wrong(
            `AgentCore names the client secret of ${provider} in a way that the policies do not match.`,
            'Compare the name with the patterns of infra/constructs/credential-provider.ts, and report it to this project.',
          ),
        ]),
    ...(owner === OWNER
      ? []
      : [
          wrong(
            `The client secret of ${provider} does not have the tag ${OWNER_TAG}=${OWNER}, which the policies require.`,
            'Only AWS can set it: delete the provider and deploy again; if it is still missing, report it to this project.',
          ),
        ]),
    ...(DeletedDate ? [wrong(`The client secret of ${provider} is marked for deletion.`, STORE_AGAIN)] : []),
  ]
}
