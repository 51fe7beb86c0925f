import type { Connection, ConnectionStatus, DisconnectOutcome } from '@agent-identity/contracts'

interface Words {
  status: string
  action?: 'Connect' | 'Reconnect'
  /** There is something to end. */
  canDisconnect?: true
}

/** The texts of a row, shared by the server, which renders it, and the client, which updates it. */
export const CONNECTION_WORDS: Readonly<Record<ConnectionStatus, Words>> = {
  not_connected: { status: 'Not connected', action: 'Connect' },
  consent_pending: { status: 'Waiting for your consent', action: 'Connect', canDisconnect: true },
  connected: { status: 'Connected', canDisconnect: true },
  wrong_account: { status: 'Another account was connected', action: 'Reconnect', canDisconnect: true },
  missing_scopes: {
    status: 'Connected, but the agent needs more permissions',
    action: 'Reconnect',
    canDisconnect: true,
  },
  needs_reauthorization: {
    status: 'The permission has ended and must be given again',
    action: 'Reconnect',
    canDisconnect: true,
  },
  disconnecting: { status: 'Disconnecting', action: 'Connect' },
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

/** ISO 8601; empty for what is connected no longer. */
export const sinceOf = ({ status, connectedAt = '' }: Pick<Connection, 'status' | 'connectedAt'>) =>
  status === 'disconnecting' || status === 'disconnected' ? '' : connectedAt

const momentOf = (iso: string, timeZone?: string) =>
  new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(iso))

/** What became of a disconnected account, and what is left for its user to do. */
export function disconnectedWords(
  { status, displayName, disconnectedAt, outcome, tokenEndsAt }: Connection,
  timeZone?: string,
): string {
  if (disconnectedAt === undefined || !['disconnecting', 'disconnected'].includes(status)) return ''
  const when = `Since ${momentOf(disconnectedAt, timeZone)} the agent uses nothing of it.`
  if (status === 'disconnecting' || outcome === undefined)
    return `${when} ${displayName} has not answered yet; it is asked again until it does.`
  const end = tokenEndsAt === undefined ? '' : ` That is on ${momentOf(tokenEndsAt, timeZone)} at the latest.`
  return `${when} ${OUTCOMES[outcome](displayName)}${end}`
}

const OUTCOMES: Readonly<Record<DisconnectOutcome, (displayName: string) => string>> = {
  revoked: (displayName) => `${displayName} has ended the permission.`,
  nothing_to_revoke: (displayName) => `There was no permission left to end at ${displayName}.`,
  not_confirmed: (displayName) =>
    `${displayName} did not confirm that the permission has ended. Remove this application in your settings there.`,
  cannot_be_revoked: (displayName) => `${displayName} cannot end the last permission early; it ends by itself.`,
  not_revoked: (displayName) =>
    `The permission could not be ended at ${displayName}. Remove this application in your settings there.`,
}
