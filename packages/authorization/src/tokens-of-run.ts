import { type ConnectionRecord, type ConnectionRef, disconnectionIdOf } from '@agent-identity/contracts'

/** The access tokens that one run of a turn has got. */
export function createTokensOfRun() {
  const tokens = new Map<string, string>()
  const connections = new Map<string, { ref: ConnectionRef; generation: number }>()
  /** By account: when the connection of its last token was made. */
  const connectedAt = new Map<string, number | undefined>()

  /**
   * Whether the account was connected again, or its record is gone, since its last token: the vault may have another token, perhaps of another
   * account.
   */
  const areOutdated = (ref: ConnectionRef, connection: ConnectionRecord | undefined): boolean => {
    const account = disconnectionIdOf(ref)
    return connectedAt.has(account) && connectedAt.get(account) !== connection?.connectedAt
  }

  return {
    areOutdated,
    find: (request: string): string | undefined => tokens.get(request),
    /** With its generation when the token was asked for. */
    connectionOf: (accessToken: string) => connections.get(accessToken),

    keep(accessToken: string, request: string, ref: ConnectionRef, connection: ConnectionRecord | undefined): void {
      if (areOutdated(ref, connection)) tokens.clear()
      tokens.set(request, accessToken)
      connections.set(accessToken, { ref, generation: connection?.generation ?? 0 })
      connectedAt.set(disconnectionIdOf(ref), connection?.connectedAt)
    },
  }
}
