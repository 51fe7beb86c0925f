import type { Arns } from '../arns.ts'
import type { Permission } from '../aws-protocol/operation.ts'

type ConditionKeys = NonNullable<Permission['conditionKeys']>

/**
 * At AWS, the resource's directory or vault must be allowed as well. A denial names the resource before its parents (seen through Gateway
 * for identities, 2026-09-28).
 */
export const identityPermission = (operation: string, name: string, arns: Arns, conditionKeys: ConditionKeys = {}) => ({
  action: `bedrock-agentcore:${operation}`,
  resources: [arns.workloadIdentity(name), arns.directory],
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
  resources: [arns.oauth2Provider(name), arns.tokenVault],
  conditionKeys,
})

export const apiKeyProviderPermission = (
  operation: string,
  name: string,
  arns: Arns,
  conditionKeys: ConditionKeys = {},
): Permission => ({
  action: `bedrock-agentcore:${operation}`,
  resources: [arns.apiKeyProvider(name), arns.tokenVault],
  conditionKeys,
})
