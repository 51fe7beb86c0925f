import { SetTokenVaultCMKCommand } from '@aws-sdk/client-bedrock-agentcore-control'

/** The pinned SDK is older than this operation, whose answer has the members of SetTokenVaultCMK's. */
export class ResetTokenVaultKeyMaterialCommand extends SetTokenVaultCMKCommand {
  constructor(input: { tokenVaultId?: string }) {
    super(input as ConstructorParameters<typeof SetTokenVaultCMKCommand>[0])
    const elsewhere = { path: '/identities/reset-token-vault-key-material' }
    this.middlewareStack.add(
      (next) => (args) => next({ ...args, request: Object.assign(args.request as object, elsewhere) }),
      {
        step: 'build',
        name: 'resetTokenVaultPath',
      },
    )
  }
}
