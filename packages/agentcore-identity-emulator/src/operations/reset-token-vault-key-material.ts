import { ValidationException } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { vaultPermission } from '../iam/permissions.ts'
import { ResetTokenVaultKeyMaterialRequest } from '../model/control-plane.ts'
import { describeTokenVault, requireDefaultVault } from '../state/token-vault-settings.ts'

/** Cannot be undone: the users' access and refresh tokens are gone, and each user consents again. The credential providers stay. */
export const ResetTokenVaultKeyMaterial = defineOperation({
  name: 'ResetTokenVaultKeyMaterial',
  path: '/identities/reset-token-vault-key-material',
  input: ResetTokenVaultKeyMaterialRequest,
  permissions: (_input, { arns }) => [vaultPermission('ResetTokenVaultKeyMaterial', arns)],
  run({ tokenVaultId }, state) {
    requireDefaultVault(tokenVaultId)
    const { tokenVault, vault, clock } = state
    if (!tokenVault.isKeyDeleted)
      throw new ValidationException('The token vault has no customer managed key that has been deleted')
    vault.clear()
    const kmsConfiguration = { keyType: 'ServiceManagedKey' }
    Object.assign(tokenVault, { kmsConfiguration, isKeyDeleted: false, lastModifiedDate: clock.now() })
    return describeTokenVault(tokenVault)
  },
})
