import { ListedConnection } from '@agent-identity/contracts'
import type { Person } from './person.ts'
import { until } from './until.ts'

/**
 * Waits: with a slow vendor the revocation ends after the answer.
 *
 * @param path the provider, and `?account=<id>` where there are several accounts
 */
export async function disconnectToTheEnd(who: Person, path: string): Promise<ListedConnection> {
  const { status, body } = await who.api(`/api/connections/${path}`, { method: 'DELETE' })
  if (status !== 200) throw new Error(`Disconnecting ended with ${status} ${body}`)
  let row = ListedConnection.parse(JSON.parse(body))
  const { provider, accountId } = row
  await until(async () => {
    if (row.status !== 'disconnecting') return true
    const list = ListedConnection.array().parse(JSON.parse((await who.api('/api/connections')).body))
    row = list.find((one) => one.provider === provider && one.accountId === accountId) ?? row
    return row.status !== 'disconnecting'
  })
  return row
}
