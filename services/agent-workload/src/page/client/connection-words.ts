import type { Connection, ConnectionStatus } from '@agent-identity/contracts'

/** The texts of a row, shared by the server, which renders it, and the client, which updates it. */
export const CONNECTION_WORDS: Readonly<
  Record<ConnectionStatus, { status: string; action?: 'Connect' | 'Reconnect' }>
> = {
  not_connected: { status: 'Not connected', action: 'Connect' },
  consent_pending: { status: 'Waiting for your consent', action: 'Connect' },
  connected: { status: 'Connected' },
  missing_scopes: { status: 'Connected, but the agent needs more permissions', action: 'Reconnect' },
  needs_reauthorization: { status: 'The permission has ended and must be given again', action: 'Reconnect' },
  disconnected: { status: 'Disconnected', action: 'Connect' },
}

/** The name is the client's own word; its id is the issuer's. */
export const usedBy = ({ clientId, clientName, usedAt }: NonNullable<Connection['lastUsedBy']>, timeZone?: string) =>
  `Last used by ${clientName === undefined ? clientId : `${clientName} (${clientId})`}, ${dayOf(usedAt, timeZone)}`

/** The day of the connection; the server does not know the reader's time zone and uses UTC. */
export const dayOf = (iso: string, timeZone?: string) =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', ...(timeZone === undefined ? {} : { timeZone }) }).format(
    new Date(iso),
  )
