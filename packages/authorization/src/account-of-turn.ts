import type { ProviderId, UserRef } from '@agent-identity/contracts'
import type { AccessForTurnPorts } from './access-for-turn-ports.ts'
import type { Account } from './connections/account.ts'

/**
 * For calls that name no account, the first account is kept: its user may disconnect it while the turn waits, and the turn must not go on with
 * another one.
 */
export async function accountOfTurn(
  user: UserRef,
  provider: ProviderId,
  { accounts, asked, connections }: Pick<AccessForTurnPorts, 'accounts' | 'asked' | 'connections'>,
  name?: string,
): Promise<Account | undefined> {
  if (name !== undefined) return accounts.choose(user, provider, name)
  let used = await asked.accountAt(provider)
  if (!used) {
    const chosen = await accounts.choose(user, provider)
    // Without a record it is not known which account will come: none is kept.
    if (!chosen?.record) return chosen
    used = await asked.keepAccount(provider, { named: chosen.ref.named })
  }
  const ref = { user, provider, named: used.named }
  return { ref, record: await connections.find(ref) }
}
