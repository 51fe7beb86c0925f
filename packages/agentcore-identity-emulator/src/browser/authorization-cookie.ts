import { parseCookie, stringifySetCookie } from 'cookie'
import { sha256 } from '../constant-time.ts'
import type { EmulatorState } from '../emulator-state.ts'
import type { AuthorizationSession } from '../state/authorization-sessions.ts'

const NAME = 'agentcore-identity-authorization'

/**
 * `authorize` sets this cookie and `callback` requires it: seen on the live service (cn-north-1, September 2026). Its name and
 * attributes there are not known. Because of its path, a vendor on another port of the host does not get it.
 */
export function authorizationCookie(
  session: AuthorizationSession,
  trip: NonNullable<AuthorizationSession['trip']>,
  state: EmulatorState,
) {
  const { protocol, pathname } = new URL(`${state.publicUrl}/identities/oauth2`)
  return stringifySetCookie({
    name: cookieName(session, state),
    value: trip.browserSecret,
    path: pathname,
    maxAge: Math.ceil((session.expiresAt - state.clock.now()) / 1000),
    httpOnly: true,
    // The vendor's redirect back comes from another site.
    sameSite: 'lax',
    // Over plain HTTP not every cookie jar returns a Secure cookie.
    secure: protocol === 'https:',
  })
}

/** A cookie of an expired session counts as absent. */
export function sessionsOfBrowser(cookieHeader: string | undefined, state: EmulatorState) {
  return Object.entries(parseCookie(cookieHeader ?? '')).flatMap(([name, value]) => {
    const session = state.sessions.findByBrowserSecret(value ?? '')
    return session !== undefined && name === cookieName(session, state) ? [session] : []
  })
}

/** With one name for all sessions, a second `authorize` in the same browser replaces the first one's cookie. */
function cookieName({ sessionUri }: AuthorizationSession, { assumptions }: EmulatorState) {
  return assumptions.authorizationCookie === 'shared'
    ? NAME
    : `${NAME}-${sha256(sessionUri).toString('hex').slice(0, 16)}`
}
