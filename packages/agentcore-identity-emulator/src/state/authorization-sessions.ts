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
  /** Redirects to the vendor, oldest first. More than one only where the authorization URL is `reusable`: else an older `state` is not valid. */
  trips: readonly Trip[]
  /** The trip that came back last. Its code is used once. */
  returned: { trip: Trip; code: string } | undefined
}

/** The PKCE verifier has 43 characters, the fewest that are allowed (RFC 7636 §4.1). `isBack`: a `state` is valid for one return. */
export type Trip = { state: string; codeVerifier: string; redirectUri: string; browserSecret: string; isBack: boolean }

/** Anybody who has the authorization URL can start trips. */
const MAX_TRIPS = 20

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
      onForget: (session) => this.#forgetTrips(session, session.trips),
    })
  }

  /** @returns undefined when the unexpired sessions, completed ones included, are too many or have too much input */
  open(
    details: Omit<AuthorizationSession, 'sessionUri' | 'expiresAt' | 'status' | 'trips' | 'returned'>,
  ): AuthorizationSession | undefined {
    const session: AuthorizationSession = {
      ...details,
      // RFC 9126. On the live service, the last part is base64 of hex digits (us-west-2, July 2026). The model's pattern allows no padding; 36
      // characters need none.
      sessionUri: `urn:ietf:params:oauth:request_uri:${Buffer.from(randomUUID()).toString('base64')}`,
      expiresAt: this.#clock.now() + this.#lifetimeMs,
      status: 'waiting',
      trips: [],
      returned: undefined,
    }
    return this.#bySessionUri.add(session.sessionUri, session) ? session : undefined
  }

  all() {
    return this.#bySessionUri.values()
  }

  restore(session: AuthorizationSession) {
    this.#bySessionUri.restore(session.sessionUri, session, session.expiresAt)
    for (const trip of session.trips) this.#index(session, trip)
  }

  find(sessionUri: string) {
    return this.#bySessionUri.get(sessionUri)
  }

  /** @param earlier whether earlier trips may still come back */
  startTrip(session: AuthorizationSession, redirectUri: string, { earlier }: { earlier: 'kept' | 'forgotten' }) {
    const secrets = { state: randomUUID(), codeVerifier: newSecret(), browserSecret: newSecret() }
    const trip: Trip = { ...secrets, redirectUri, isBack: false }
    const kept = earlier === 'kept' ? session.trips.slice(1 - MAX_TRIPS) : []
    this.#forgetTrips(
      session,
      session.trips.filter((one) => !kept.includes(one)),
    )
    session.trips = [...kept, trip]
    this.#index(session, trip)
    return trip
  }

  findByState(state: string) {
    const session = this.#byState.get(state)
    return session && this.find(session.sessionUri)
  }

  findByBrowserSecret(secret: string) {
    const session = this.#byBrowserSecret.get(secret)
    return session && this.find(session.sessionUri)
  }

  endTrip(trip: Trip) {
    trip.isBack = true
    this.#byState.delete(trip.state)
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

  #index(session: AuthorizationSession, trip: Trip) {
    if (!trip.isBack) this.#byState.set(trip.state, session)
    this.#byBrowserSecret.set(trip.browserSecret, session)
  }

  #forgetTrips(session: AuthorizationSession, trips: readonly Trip[]) {
    for (const { state, browserSecret } of trips) {
      this.#byState.delete(state)
      this.#byBrowserSecret.delete(browserSecret)
    }
    session.trips = session.trips.filter((one) => !trips.includes(one))
  }
}

const newSecret = () => randomBytes(32).toString('base64url')
