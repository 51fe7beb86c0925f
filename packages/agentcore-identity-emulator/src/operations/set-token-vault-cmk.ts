import { ValidationException } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { vaultPermission } from '../iam/permissions.ts'
import { SetTokenVaultCMKRequest } from '../model/control-plane.ts'
import { describeTokenVault, requireDefaultVault } from '../state/token-vault-settings.ts'

/** Nothing is encrypted with the key, and the key is not looked up. */
export const SetTokenVaultCMK = defineOperation({
  name: 'SetTokenVaultCMK',
  path: '/identities/set-token-vault-cmk',
  input: SetTokenVaultCMKRequest,
  permissions: (_input, { arns }) => [vaultPermission('SetTokenVaultCMK', arns)],
  run({ tokenVaultId, kmsConfiguration }, state) {
    requireDefaultVault(tokenVaultId)
    const needsKey = kmsConfiguration.keyType === 'CustomerManagedKey'
    if (needsKey !== (kmsConfiguration.kmsKeyArn !== undefined)) {
      const problem = needsKey ? 'Required for CustomerManagedKey' : 'Not allowed for ServiceManagedKey'
      throw ValidationException.field('kmsConfiguration.kmsKeyArn', problem)
    }
    Object.assign(state.tokenVault, { kmsConfiguration, isKeyDeleted: false, lastModifiedDate: state.clock.now() })
    return describeTokenVault(state.tokenVault)
  },
})
