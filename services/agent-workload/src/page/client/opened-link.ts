import type { AGENTCORE_AUTHORIZATION_SECONDS } from '@agent-identity/contracts'
import { serverNow } from './server-clock.ts'

const CONSENT_SECONDS = 600 satisfies typeof AGENTCORE_AUTHORIZATION_SECONDS

const nameOf = (authorizationId: string) => `opened ${authorizationId}`

/** The user opens the link of an authorization. A reload of the page keeps the time. */
export function noteOpened(authorizationId: string): void {
  sessionStorage.setItem(nameOf(authorizationId), String(serverNow()))
}

/** @returns until when the last consent may take (ISO 8601); undefined while this tab has not opened the link */
export function consentUntil(authorizationId: string): string | undefined {
  const openedAt = Number(sessionStorage.getItem(nameOf(authorizationId)) ?? Number.NaN)
  return Number.isFinite(openedAt) ? new Date(openedAt + CONSENT_SECONDS * 1_000).toISOString() : undefined
}

export function forgetOpened(authorizationId: string): void {
  sessionStorage.removeItem(nameOf(authorizationId))
}
