import type { Permission } from '../aws-protocol/operation.ts'
import { isManagedSecret } from '../oauth/secret-arn.ts'
import { VIA_AGENTCORE } from './global-keys.ts'

type SecretAction = 'GetSecretValue' | 'CreateSecret' | 'PutSecretValue' | 'DeleteSecret'

/**
 * The service calls Secrets Manager with the caller's permissions (a forward access session). Source of `aws:CalledVia`: the stack of AWS's
 * Entra ID sample; of the tag: devguide, identity-consent-portal-execution-role.
 */
const secretPermission = (action: SecretAction, secretArn: string): Permission => ({
  action: `secretsmanager:${action}`,
  resources: [secretArn],
  conditionKeys: {
    ...VIA_AGENTCORE,
    ...(isManagedSecret(secretArn) && action !== 'CreateSecret'
      ? { 'aws:ResourceTag/aws:secretsmanager:owningService': 'bedrock-agentcore-identity' }
      : {}),
  },
})

/** Both prefixes of denials were seen: for a managed secret (2026-09-11), and for an external one through Gateway (2026-08-08). */
export const readSecretPermission = (secretArn: string): Permission => ({
  ...secretPermission('GetSecretValue', secretArn),
  denialPrefix: isManagedSecret(secretArn)
    ? `Access denied when retrieving secret '${secretArn}'. `
    : 'Access denied when retrieving the provided secret. ',
})

type Source = 'MANAGED' | 'EXTERNAL' | undefined

/**
 * Denials of CreateSecret, PutSecretValue and DeleteSecret were reported (2026-04-27, 2026-05-19), none of UpdateSecret, TagResource or
 * DescribeSecret.
 */
export const createSecretPermission = (source: Source, newArn: () => string): Permission[] =>
  source === 'EXTERNAL' ? [] : [secretPermission('CreateSecret', newArn())]

/** @param current the ARN of the provider's secret; undefined: there is no such provider */
export function updateSecretPermission(current: string | undefined, source: Source, newArn: () => string) {
  if (current === undefined || source === 'EXTERNAL') return []
  return isManagedSecret(current)
    ? [secretPermission('PutSecretValue', current)]
    : createSecretPermission(source, newArn)
}

export const deleteSecretPermission = (current: string | undefined): Permission[] =>
  current !== undefined && isManagedSecret(current) ? [secretPermission('DeleteSecret', current)] : []
