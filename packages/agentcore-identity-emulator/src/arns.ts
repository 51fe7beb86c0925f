export type Account = { partition: string; region: string; accountId: string }

/** The ARNs are as seen live. Some patterns of the service model say `acps` instead of bedrock-agentcore. */
export function createArns({ partition, region, accountId }: Account) {
  const agentcore = `arn:${partition}:bedrock-agentcore:${region}:${accountId}`
  const directory = `${agentcore}:workload-identity-directory/default`
  const tokenVault = `${agentcore}:token-vault/default`
  return {
    region,
    accountId,
    directory,
    tokenVault,
    workloadIdentity: (name: string) => `${directory}/workload-identity/${name}`,
    oauth2Provider: (name: string) => `${tokenVault}/oauth2credentialprovider/${name}`,
    apiKeyProvider: (name: string) => `${tokenVault}/apikeycredentialprovider/${name}`,
    secret: (name: string, suffix: string) =>
      `arn:${partition}:secretsmanager:${region}:${accountId}:secret:${name}-${suffix}`,
    user: (name: string) => `arn:${partition}:iam::${accountId}:user/${name}`,
    assumedRole: (name: string) => `arn:${partition}:sts::${accountId}:assumed-role/${name}/emulator`,
  }
}

export type Arns = ReturnType<typeof createArns>

export function partitionOf(region: string) {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
