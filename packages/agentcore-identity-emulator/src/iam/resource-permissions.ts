import type { Permission } from '../aws-protocol/operation.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { readSecretPermission } from './secret-permissions.ts'

type Target = { workloadName?: string; oauth2Provider?: string; apiKeyProvider?: string }

/** The resources of the AWS service reference, as far as they are known, and the secret, which the service reads with the caller's permissions. */
export function resourcePermissions(
  operation: string,
  { workloadName, oauth2Provider, apiKeyProvider }: Target,
  { arns, oauth2Providers, apiKeyProviders }: Pick<EmulatorState, 'arns' | 'oauth2Providers' | 'apiKeyProviders'>,
  conditionKeys: Permission['conditionKeys'] = {},
): Permission[] {
  const resources = [
    ...(workloadName === undefined ? [] : [arns.workloadIdentity(workloadName)]),
    arns.directory,
    ...(oauth2Provider === undefined ? [] : [arns.oauth2Provider(oauth2Provider)]),
    ...(apiKeyProvider === undefined ? [] : [arns.apiKeyProvider(apiKeyProvider)]),
    arns.tokenVault,
  ]

  const permissions: Permission[] = [{ action: `bedrock-agentcore:${operation}`, resources, conditionKeys }]
  const secretArn =
    oauth2Providers.get(oauth2Provider ?? '')?.secretArn ?? apiKeyProviders.get(apiKeyProvider ?? '')?.secretArn
  if (secretArn !== undefined) {
    permissions.push(readSecretPermission(secretArn))
  }
  return permissions
}
