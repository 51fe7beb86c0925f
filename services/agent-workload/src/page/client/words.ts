import type { ApiErrorCode, TurnErrorCode } from '@agent-identity/contracts'
import type { AuthorizationOutcome, ConfirmationOutcome, LossReason, ToolStatus, WaitsFor } from './turn-state.ts'

/** `network_lost`: no usable answer arrived. */
export type RequestProblemCode = ApiErrorCode | 'network_lost'

export const REQUEST_PROBLEMS: Readonly<Record<RequestProblemCode, string>> = {
  invalid_request: 'This could not be read by the server.',
  not_signed_in: 'You are not signed in any more.',
  cross_site_request: 'The browser did not say that this request came from this page. Reload the page and try again.',
  sign_in_too_old: 'You signed in too long ago for this. Sign out, sign in again, and repeat it.',
  not_found: 'It is not there any more, or it is not yours.',
  method_not_allowed: 'This page and the server do not match. Reload the page and try again.',
  turn_in_progress: 'This conversation is still busy with an earlier message.',
  conversation_full: 'This conversation is as long as it may become. Send the message in a new one.',
  storage_full: 'Your conversations take as much room as they may. Erase one, then send the message again.',
  other_consent_open: 'Another consent is already open in this browser.',
  too_many_accounts: 'You have as many accounts there as there may be. Disconnect one first.',
  authorization_settled: 'This has already come to its end.',
  disconnect_first: 'Disconnect your account there first. Only one can be connected at a time.',
  confirmation_settled: 'This was answered before, or its time is over.',
  payload_too_large: 'The message is too long. Shorten it, then send it again.',
  unsupported_media_type: 'This page and the server do not match. Reload the page and try again.',
  too_many_requests: 'That was too often. Wait a moment, then try again.',
  internal_error: 'Something went wrong on our side. Try again.',
  temporarily_unavailable: 'The service is not available right now. Try again in a moment.',
  try_again: 'That did not work this time. Nothing is lost: try again.',
  network_lost: 'There is no connection to the service. Check your network, then try again.',
}

export const ERASED = 'Erased. You can send your message now, or erase another one.'

/** Of what is kept: at least 1 kB. */
export const sizeText = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`

export const TURN_ERRORS: Readonly<Record<TurnErrorCode, string>> = {
  signed_out: 'You were signed out before the answer was complete. Sign in and ask again.',
  model_unavailable: 'The model does not answer right now. Ask again later.',
  turn_failed: 'Something went wrong, and this answer ends here. Ask again.',
}

export const LOSSES: Readonly<Record<LossReason, string>> = {
  not_signed_in: 'You are not signed in any more, so the rest of this answer cannot be shown.',
  not_found: 'This answer is not kept any more.',
}

export function settledWords(
  outcome: Exclude<AuthorizationOutcome, 'pending'>,
  displayName: string,
  account?: string,
): { heading: string; advice: string } {
  const notConnected = `${displayName} not connected`
  switch (outcome) {
    case 'completed':
      return {
        heading: `${displayName} connected`,
        advice: account === undefined ? 'The agent goes on by itself.' : `Connected account: ${account}`,
      }
    case 'denied':
      return { heading: notConnected, advice: `Access was denied at ${displayName}. To allow it, ask again.` }
    case 'cancelled':
      return { heading: notConnected, advice: 'This was cancelled. To connect after all, ask again.' }
    case 'expired':
      return { heading: notConnected, advice: 'The time to connect ran out. Ask again and you get more.' }
    case 'failed':
      return { heading: notConnected, advice: 'The connection could not be confirmed. Ask again to make another try.' }
    case 'wrong_account':
      return {
        heading: `${displayName}: another account was connected`,
        advice: `${account ?? 'Another account'} came, and not the one that was expected. The turn went on without it.`,
      }
    case 'withdrawn':
      return { heading: `${displayName} no longer needed`, advice: 'The answer that asked for it has ended.' }
  }
}

/** What the time is for, until the link is opened, and then. */
export const toOpenLink = (displayName: string) => `open the link to ${displayName}`
export const toConsent = (displayName: string) => `finish at ${displayName}`

export function setAsideText(displayName: string, instead: string): string {
  const withWhat = instead === displayName ? `another request for ${instead}` : instead
  return `You went on with ${withWhat}. To connect ${displayName} too, use this link again.`
}

/** `read_calendar` and `readCalendar` become "Read calendar". */
export function readableName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function toolText(tool: string, status: ToolStatus): string {
  return `${readableName(tool)}${{ started: '…', succeeded: ': done', failed: ': did not work', unfinished: ': not finished' }[status]}`
}

/** @param begun how many changes the turn has begun before */
export function confirmationWords(calls: number, begun: number): { heading: string; advice: string; yes: string } {
  const which =
    calls === 1 ? ['Do this?', 'Do the remaining one?'] : [`Do these ${calls}?`, `Do the remaining ${calls}?`]
  return {
    heading: which[begun > 0 ? 1 : 0] ?? '',
    advice:
      begun > 0
        ? `The agent has made or tried ${begun} ${begun === 1 ? 'change' : 'changes'} for this message already, and one of them may be below in other words. It does the following only if you confirm:`
        : 'The agent has not done the following yet, and does it only if you confirm:',
    yes: calls === 1 ? 'Confirm' : `Confirm all ${calls}`,
  }
}

export function answeredWords(
  outcome: Exclude<ConfirmationOutcome, 'pending'>,
  calls: number,
): { heading: string; advice: string } {
  const what = calls === 1 ? '1 change' : `${calls} changes`
  switch (outcome) {
    case 'confirmed':
      return { heading: 'Confirmed', advice: `You confirmed ${what}. The agent goes on by itself.` }
    case 'declined':
      return { heading: 'Declined', advice: `You declined ${what}. Nothing of it was done.` }
    case 'expired':
      return { heading: 'Not confirmed', advice: `The time to confirm ${what} ran out. Nothing of it was done.` }
    case 'withdrawn':
      return {
        heading: 'No longer needed',
        advice: 'A later question took its place, or the answer has ended.',
      }
  }
}

const QUIET_AFTER_SECONDS = 8

export function progressText(connection: 'open' | 'lost', secondsWithoutNews: number): string {
  if (connection === 'lost') return 'Connection lost. Trying again…'
  if (secondsWithoutNews < QUIET_AFTER_SECONDS) return 'Working…'
  return `Still working… (${Math.floor(secondsWithoutNews)} s)`
}

export function waitingText({ connect, confirm }: WaitsFor): string {
  const list = new Intl.ListFormat('en')
  const waits = [
    ...(connect.length > 0 ? [`you connect ${list.format(connect)} or cancel`] : []),
    ...(confirm ? ['you confirm or decline'] : []),
  ]
  return `This conversation waits until ${waits.join(', and ')}.`
}
