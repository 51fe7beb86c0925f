import type { ConnectionStatus, DisconnectOutcome, ListedConnection } from '@agent-identity/contracts'
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

export function adviceOn(connection: ListedConnection, timeZone?: 'UTC'): string {
  const { status, displayName } = connection
  switch (status) {
    case 'not_connected':
      return 'Connect it now, or when the agent asks for it.'
    case 'consent_pending':
      return `Finish at ${displayName}. If that page is closed, Connect opens it again.`
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

/** Two accounts can have one name. */
export function wrongAccountWords({
  displayName,
  askedAccount,
  account = `another account at ${displayName}`,
}: Pick<ListedConnection, 'displayName' | 'askedAccount' | 'account'>): string {
  if (!askedAccount) return `It is another account than the expected one: ${account}.`
  return `You asked for ${askedAccount}, ${account === askedAccount ? 'another account of that name' : account} was connected.`
}

/** What "Connect" asks for: another button is not about these. */
export const asksShown = ({ status, asks = [] }: Pick<ListedConnection, 'status' | 'asks'>): readonly string[] =>
  status === 'wrong_account' ? [] : asks

/** With the MCP client's id: the client chose its name itself. */
export const useWords = ({ does, usedAt, client }: NonNullable<ListedConnection['uses']>[number], reader: Reader) =>
  `Last used by ${client === undefined ? 'the agent' : clientWords(client)}: ${does}, ${whenOf(usedAt, reader)}`

export const clientWords = ({ clientId, clientName }: { clientId: string; clientName?: string | undefined }) =>
  clientName === undefined ? clientId : `${clientName} (${clientId})`

/** While a consent is open and the account has no name yet: the name that was asked for. */
export const accountName = ({ status, account, askedAccount }: ListedConnection) =>
  account ?? (status === 'consent_pending' ? askedAccount : undefined) ?? ''

/** ISO 8601; empty when unknown or disconnected. */
export const sinceOf = ({ status, connectedAt = '' }: Pick<ListedConnection, 'status' | 'connectedAt'>) =>
  status === 'disconnecting' || status === 'disconnected' ? '' : connectedAt

function disconnectedWords(connection: ListedConnection, timeZone?: 'UTC') {
  const { disconnectedAt } = connection
  if (disconnectedAt === undefined) return ''
  return `Since ${momentOf(disconnectedAt, timeZone)} the agent uses nothing of it. ${endedWords(connection)}`
}

export const endedWords = ({
  displayName,
  status,
  outcome,
}: Pick<ListedConnection, 'displayName' | 'status'> & { outcome?: DisconnectOutcome | undefined }): string =>
  status === 'disconnecting' || outcome === undefined
    ? `${displayName} has not answered yet, and is asked again. You can also end the access there yourself, in your settings.`
    : OUTCOMES[outcome](displayName)

const OUTCOMES: Readonly<Record<DisconnectOutcome, (displayName: string) => string>> = {
  revoked: (displayName) => `${displayName} has ended the access.`,
  nothing_to_revoke: (displayName) => `There was no access left to end at ${displayName}.`,
  not_confirmed: (displayName) =>
    `It is not confirmed that ${displayName} has ended the access; you can end it at ${displayName} yourself, in your settings there.`,
}
