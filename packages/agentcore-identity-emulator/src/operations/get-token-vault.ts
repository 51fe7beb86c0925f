import { defineOperation } from '../aws-protocol/operation.ts'
import { vaultPermission } from '../iam/permissions.ts'
import { GetTokenVaultRequest } from '../model/control-plane.ts'
import { describeTokenVault, requireDefaultVault } from '../state/token-vault-settings.ts'

export const GetTokenVault = defineOperation({
  name: 'GetTokenVault',
  path: '/identities/get-token-vault',
  input: GetTokenVaultRequest,
  permissions: (_input, { arns }) => [vaultPermission('GetTokenVault', arns)],
  run({ tokenVaultId }, state) {
    requireDefaultVault(tokenVaultId)
    return describeTokenVault(state.tokenVault)
  },
})
