import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Principal } from '../identity/principal.ts'
import { ExpiringMap } from './expiring-map.ts'
import type { TokenRequest } from './token-request.ts'

export type AuthorizationSession = {
  readonly sessionUri: string
  readonly principal: Principal
  readonly request: TokenRequest
  readonly vaultKey: string
  readonly workloadName: string
  readonly providerName: string
  readonly returnUrl: string
  readonly customState: string | undefined
  readonly expiresAt: number
  status: 'waiting' | 'returned' | 'completing' | 'completed' | 'failed'
  /**
   * The newest redirect to the vendor; an older `state` is not valid. The trip stays after the return: the exchange of the code and the removal of
   * the session need it.
   */
  trip: { state: string; codeVerifier: string; redirectUri: string; browserSecret: string } | undefined
  code: string | undefined
}

const MAX_CHARACTERS = 128 * 1024 * 1024

export class AuthorizationSessions {
  readonly #bySessionUri: ExpiringMap<AuthorizationSession>
  readonly #byState: Map<string, AuthorizationSession> = new Map()
  readonly #byBrowserSecret: Map<string, AuthorizationSession> = new Map()
  readonly #clock: Clock
  readonly #lifetimeMs: number

  constructor(clock: Clock, { lifetimeSeconds, maxOpen }: { lifetimeSeconds: number; maxOpen: number }) {
    this.#clock = clock
    this.#lifetimeMs = lifetimeSeconds * 1000
    this.#bySessionUri = new ExpiringMap({
      lifetimeMs: this.#lifetimeMs,
      now: clock.now,
      maxEntries: maxOpen,
      maxWeight: MAX_CHARACTERS,
      weigh: ({ request, returnUrl, customState }) => JSON.stringify([request, returnUrl, customState]).length,
      onForget: (session) => this.#forgetTrip(session),
    })
  }

  /** @returns undefined when the unexpired sessions, completed ones included, are too many or have too much input */
  open(
    details: Omit<AuthorizationSession, 'sessionUri' | 'expiresAt' | 'status' | 'trip' | 'code'>,
  ): AuthorizationSession | undefined {
    const session: AuthorizationSession = {
      ...details,
      // RFC 9126. On the live service, the last part is base64 of hex digits (us-west-2, July 2026). The model's pattern allows no padding; 36
      // characters need none.
      sessionUri: `urn:ietf:params:oauth:request_uri:${Buffer.from(randomUUID()).toString('base64')}`,
      expiresAt: this.#clock.now() + this.#lifetimeMs,
      status: 'waiting',
      trip: undefined,
      code: undefined,
    }
    return this.#bySessionUri.add(session.sessionUri, session) ? session : undefined
  }

  all() {
    return this.#bySessionUri.values()
  }

  restore(session: AuthorizationSession) {
    this.#bySessionUri.restore(session.sessionUri, session, session.expiresAt)
    if (session.trip === undefined) return
    if (session.status === 'waiting') this.#byState.set(session.trip.state, session)
    this.#byBrowserSecret.set(session.trip.browserSecret, session)
  }

  find(sessionUri: string) {
    return this.#bySessionUri.get(sessionUri)
  }

  /** The PKCE verifier has 43 characters, the fewest that are allowed (RFC 7636 §4.1). */
  startTrip(session: AuthorizationSession, redirectUri: string) {
    this.#forgetTrip(session)
    session.trip = { state: randomUUID(), codeVerifier: newSecret(), redirectUri, browserSecret: newSecret() }
    this.#byState.set(session.trip.state, session)
    this.#byBrowserSecret.set(session.trip.browserSecret, session)
    return session.trip
  }

  findByState(state: string) {
    const session = this.#byState.get(state)
    return session && this.find(session.sessionUri)
  }

  findByBrowserSecret(secret: string) {
    const session = this.#byBrowserSecret.get(secret)
    return session && this.find(session.sessionUri)
  }

  /** A `state` is valid for one return. */
  endTrip(session: AuthorizationSession) {
    if (session.trip) this.#byState.delete(session.trip.state)
  }

  clear() {
    this.#bySessionUri.clear()
    this.#byState.clear()
    this.#byBrowserSecret.clear()
  }

  /** For tests. */
  get sizes() {
    return {
      sessions: this.#bySessionUri.size,
      states: this.#byState.size,
      browserSecrets: this.#byBrowserSecret.size,
    }
  }

  #forgetTrip(session: AuthorizationSession) {
    this.endTrip(session)
    if (session.trip) this.#byBrowserSecret.delete(session.trip.browserSecret)
    session.trip = undefined
  }
}

const newSecret = () => randomBytes(32).toString('base64url')
