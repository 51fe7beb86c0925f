import type { Connection, ConnectionStatus, DisconnectOutcome } from '@agent-identity/contracts'
import { momentOf, type Reader, whenOf } from './connection-times.ts'

export const STATUS_WORDS: Readonly<Record<ConnectionStatus, string>> = {
  not_connected: 'Not connected',
  consent_pending: 'Waiting for your consent',
  connected: 'Connected',
  wrong_account: 'Another account was connected',
  missing_scopes: 'Connected, but permissions are missing',
  needs_reauthorization: 'Needs reconnecting',
  disconnecting: 'Disconnecting',
  disconnected: 'Disconnected',
}

export function adviceOn(connection: Connection, timeZone?: 'UTC'): string {
  const { status, displayName, pendingUntil } = connection
  switch (status) {
    case 'not_connected':
      return 'Connect it now, or when the agent asks for it.'
    case 'consent_pending':
      return pendingUntil === undefined
        ? 'Your consent is being confirmed.'
        : `Finish at ${displayName}. If that page is closed, Connect opens it again.`
    case 'connected':
      return ''
    case 'wrong_account':
      return `${wrongAccountWords(connection)} Nothing is done with it until you say that it may be used.`
    case 'missing_scopes':
      return 'The agent needs more than you have allowed. Reconnect to allow it.'
    case 'needs_reauthorization':
      return `${displayName} does not accept the permission any more. Reconnect to give it again.`
    case 'disconnecting':
    case 'disconnected':
      return disconnectedWords(connection, timeZone)
  }
}

export function wrongAccountWords({
  displayName,
  askedAccount,
  account,
  isConnectedAlready,
}: Pick<Connection, 'displayName' | 'askedAccount' | 'account' | 'isConnectedAlready'>): string {
  if (isConnectedAlready && account) {
    const asked = askedAccount && askedAccount !== account ? `You asked for ${askedAccount}. ` : ''
    return `${asked}${account} is connected already.`
  }
  const came = account ?? `another account at ${displayName}`
  return !askedAccount || askedAccount === account
    ? `You said that ${account ?? 'this account'} may not be the right one.`
    : `You asked for ${askedAccount}, ${came} was connected.`
}

/** With the MCP client's id: the client chose its name itself. */
export const useWords = ({ does, usedAt, client }: NonNullable<Connection['uses']>[number], reader: Reader) =>
  `${does}, ${whenOf(usedAt, reader)}${client === undefined ? '' : `, by ${clientWords(client)}`}`

export const clientWords = ({ clientId, clientName }: { clientId: string; clientName?: string | undefined }) =>
  clientName === undefined ? clientId : `${clientName} (${clientId})`

/** Empty when no MCP client is known, or when the last use in `uses` names one. */
export const lastUsedByWords = ({ lastUsedBy, uses = [] }: Pick<Connection, 'lastUsedBy' | 'uses'>, reader: Reader) =>
  lastUsedBy === undefined || uses[0]?.client
    ? ''
    : `Last used by ${clientWords(lastUsedBy)}, ${whenOf(lastUsedBy.usedAt, reader)}`

/** While a consent is open and the account has no name yet: the name that was asked for. */
export const accountName = ({ status, account, askedAccount }: Connection) =>
  account ?? (status === 'consent_pending' ? askedAccount : undefined) ?? ''

/** ISO 8601; empty when unknown or disconnected. */
export const sinceOf = ({ status, connectedAt = '' }: Pick<Connection, 'status' | 'connectedAt'>) =>
  status === 'disconnecting' || status === 'disconnected' ? '' : connectedAt

function disconnectedWords(
  { displayName, disconnectedAt, status, outcome, tokenEndsAt }: Connection,
  timeZone?: 'UTC',
) {
  if (disconnectedAt === undefined) return ''
  const when = `Since ${momentOf(disconnectedAt, timeZone)} the agent uses nothing of it.`
  if (status === 'disconnecting' || outcome === undefined) return `${when} ${notAnswered(displayName)}`
  // With another outcome more tokens may be left, whose end is not known.
  const isLast = outcome === 'cannot_be_revoked' && tokenEndsAt !== undefined
  const end = isLast ? ` That is on ${momentOf(tokenEndsAt, timeZone)} at the latest.` : ''
  return `${when} ${OUTCOMES[outcome](displayName)}${end}`
}

export const endedWords = ({
  displayName,
  status,
  outcome,
}: Pick<Connection, 'displayName' | 'status'> & { outcome?: DisconnectOutcome | undefined }): string =>
  status === 'disconnecting' || outcome === undefined ? notAnswered(displayName) : OUTCOMES[outcome](displayName)

const notAnswered = (displayName: string) =>
  `${displayName} has not answered yet, and is asked again. You can also remove this application in your settings there.`

const OUTCOMES: Readonly<Record<DisconnectOutcome, (displayName: string) => string>> = {
  revoked: (displayName) => `${displayName} has ended the permission.`,
  nothing_to_revoke: (displayName) => `There was no permission left to end at ${displayName}.`,
  not_confirmed: (displayName) =>
    `${displayName} did not confirm that the permission has ended. Remove this application in your settings there.`,
  cannot_be_revoked: (displayName) => `${displayName} cannot end the last permission early; it ends by itself.`,
  not_revoked: (displayName) =>
    `The permission could not be ended at ${displayName}. Remove this application in your settings there.`,
}
