import type { Arns } from '../arns.ts'
import type { Permission } from '../aws-protocol/operation.ts'

type ConditionKeys = NonNullable<Permission['conditionKeys']>

/** Naming a resource alone authorizes nothing at AWS: its directory or its vault must be allowed as well. */
export const identityPermission = (operation: string, name: string, arns: Arns, conditionKeys: ConditionKeys = {}) => ({
  action: `bedrock-agentcore:${operation}`,
  resources: [arns.directory, arns.workloadIdentity(name)],
  conditionKeys,
})

export const directoryPermission = (operation: string, arns: Arns): Permission => ({
  action: `bedrock-agentcore:${operation}`,
  resources: [arns.directory],
})

export const vaultPermission = (operation: string, arns: Arns): Permission => ({
  action: `bedrock-agentcore:${operation}`,
  resources: [arns.tokenVault],
})

export const oauth2ProviderPermission = (
  operation: string,
  name: string,
  arns: Arns,
  conditionKeys: ConditionKeys = {},
): Permission => ({
  action: `bedrock-agentcore:${operation}`,
  resources: [arns.tokenVault, arns.oauth2Provider(name)],
  conditionKeys,
})

export const apiKeyProviderPermission = (
  operation: string,
  name: string,
  arns: Arns,
  conditionKeys: ConditionKeys = {},
): Permission => ({
  action: `bedrock-agentcore:${operation}`,
  resources: [arns.tokenVault, arns.apiKeyProvider(name)],
  conditionKeys,
})
