import { AwsError } from '../aws-protocol/errors.ts'
import { epochSeconds } from '../aws-protocol/timestamps.ts'

export type TokenVaultSettings = {
  kmsConfiguration: { keyType: 'CustomerManagedKey' | 'ServiceManagedKey'; kmsKeyArn?: string }
  /** Of the customer's key, in KMS. */
  isKeyDeleted: boolean
  lastModifiedDate: number
}

/** Every account and Region has one vault, `default`. */
export function requireDefaultVault(tokenVaultId = 'default') {
  if (tokenVaultId === 'default') return
  throw new AwsError('ResourceNotFoundException', `Token vault with id: ${tokenVaultId} not found`)
}

export const describeTokenVault = ({ kmsConfiguration, lastModifiedDate }: TokenVaultSettings) => ({
  tokenVaultId: 'default',
  kmsConfiguration: { kmsKeyArn: null, ...kmsConfiguration },
  lastModifiedDate: epochSeconds(lastModifiedDate),
})
