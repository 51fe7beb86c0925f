import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { digest, findLive, keep, newSecret } from './records.ts'

export type AuthorizationRequest = {
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string | undefined
  readonly scopes: readonly string[]
  readonly codeChallenge: string
  readonly loginHint: string | undefined
}
type PendingRequest = AuthorizationRequest & { user: string | undefined; expiresAt: number }

/** The deletion of a grant revokes all of its tokens. */
export type Grant = { user: string | undefined; clientId: string; scopes: readonly string[]; expiresAt: number }
type Code = { grantId: string; redirectUri: string; codeChallenge: string; redeemed: boolean; expiresAt: number }
/** `scopes` may be fewer than the grant's (RFC 6749 §6). */
type AccessToken = { grantId: string; scopes: readonly string[]; expiresAt: number }
/** Not a grant: a client's many tokens must not push out a user's grant. */
type ClientToken = { clientId: string; scopes: readonly string[]; expiresAt: number }
type RefreshToken = { grantId: string; used: boolean; expiresAt: number }

export type IssuedTokens = {
  accessToken: string
  refreshToken: string | undefined
  scopes: readonly string[]
  expiresInSeconds: number
}
export type VendorRecords = {
  requests: [string, PendingRequest][]
  grants: [string, Grant][]
  codes: [string, Code][]
  accessTokens: [string, AccessToken][]
  clientTokens: [string, ClientToken][]
  refreshTokens: [string, RefreshToken][]
}

const REQUEST_MS = 10 * 60_000
/** As long as an authorization session lasts by default: CompleteResourceTokenAuth redeems the code. */
const CODE_MS = 10 * 60_000
const GRANT_MS = 365 * 24 * 3_600_000

/** RFC 6749 with PKCE (RFC 7636), rotating refresh tokens, and revocation. */
export class BuiltInVendor {
  readonly users: readonly string[]
  readonly #clock: Pick<Clock, 'now'>
  readonly #accessTokenMs: number
  readonly #requests = new Map<string, PendingRequest>()
  readonly #grants = new Map<string, Grant>()
  readonly #codes = new Map<string, Code>()
  readonly #accessTokens = new Map<string, AccessToken>()
  readonly #clientTokens = new Map<string, ClientToken>()
  readonly #refreshTokens = new Map<string, RefreshToken>()

  constructor(
    clock: Pick<Clock, 'now'>,
    { users, accessTokenSeconds }: { users: readonly string[]; accessTokenSeconds: number },
  ) {
    this.#clock = clock
    this.users = users
    this.#accessTokenMs = accessTokenSeconds * 1000
  }

  /** @returns an id that cannot be guessed */
  begin(request: AuthorizationRequest): string {
    const id = newSecret('request')
    const user = this.users.find((name) => name === request.loginHint)
    const now = this.#clock.now()
    keep(this.#requests, id, { ...request, user, expiresAt: now + REQUEST_MS }, now)
    return id
  }

  find = (requestId: string) => findLive(this.#requests, requestId, this.#clock.now())

  /** A request can be decided once. */
  take(requestId: string) {
    const request = this.find(requestId)
    this.#requests.delete(requestId)
    return request
  }

  /** @returns the authorization code */
  consent({ clientId, scopes, redirectUri, codeChallenge }: AuthorizationRequest, user: string): string {
    const code = newSecret('code')
    const grantId = this.#grant({ user, clientId, scopes })
    const now = this.#clock.now()
    const record = { grantId, redirectUri, codeChallenge, redeemed: false, expiresAt: now + CODE_MS }
    keep(this.#codes, digest(code), record, now)
    return code
  }

  /** A second use of a code may mean theft (RFC 6749 §4.1.2). */
  redeem(
    code: string,
    { clientId, redirectUri, codeChallenge }: Pick<AuthorizationRequest, 'clientId' | 'redirectUri' | 'codeChallenge'>,
  ): IssuedTokens | undefined {
    const record = findLive(this.#codes, digest(code), this.#clock.now())
    if (record === undefined) return undefined
    const grant = this.#grants.get(record.grantId)
    if (record.redeemed) this.#grants.delete(record.grantId)
    const matches = record.redirectUri === redirectUri && record.codeChallenge === codeChallenge
    if (record.redeemed || grant?.clientId !== clientId || !matches) return undefined
    record.redeemed = true
    return this.#issue(record.grantId, grant.scopes)
  }

  /**
   * A second use of a refresh token revokes the whole grant (RFC 9700 §4.14.2).
   *
   * @param scopes of the access token. Absent: the grant's
   */
  refresh(
    refreshToken: string,
    clientId: string,
    scopes?: readonly string[],
  ): IssuedTokens | 'invalid_scope' | undefined {
    const record = findLive(this.#refreshTokens, digest(refreshToken), this.#clock.now())
    if (record === undefined) return undefined
    const grant = this.#grants.get(record.grantId)
    if (record.used) this.#grants.delete(record.grantId)
    if (record.used || grant?.clientId !== clientId) return undefined
    if (scopes?.some((scope) => !grant.scopes.includes(scope))) return 'invalid_scope'
    record.used = true
    return this.#issue(record.grantId, scopes ?? grant.scopes)
  }

  /** RFC 6749 §4.4. */
  issueToClient(clientId: string, scopes: readonly string[]): IssuedTokens {
    const now = this.#clock.now()
    const accessToken = newSecret('access')
    keep(this.#clientTokens, digest(accessToken), { clientId, scopes, expiresAt: now + this.#accessTokenMs }, now)
    return { accessToken, refreshToken: undefined, scopes, expiresInSeconds: Math.round(this.#accessTokenMs / 1000) }
  }

  inspect(accessToken: string): (Grant & { expiresInSeconds: number }) | undefined {
    const now = this.#clock.now()
    const key = digest(accessToken)
    const secondsLeft = ({ expiresAt }: { expiresAt: number }) => Math.round((expiresAt - now) / 1000)
    const own = findLive(this.#clientTokens, key, now)
    if (own) return { user: undefined, ...own, expiresInSeconds: secondsLeft(own) }
    const record = findLive(this.#accessTokens, key, now)
    const grant = record && this.#grants.get(record.grantId)
    return grant && { ...grant, scopes: record.scopes, expiresInSeconds: secondsLeft(record) }
  }

  /** RFC 7009. Only the client that a token was issued to may revoke it. */
  revokeToken(token: string, clientId: string) {
    const key = digest(token)
    if (this.#clientTokens.get(key)?.clientId === clientId) this.#clientTokens.delete(key)
    const record = this.#accessTokens.get(key) ?? this.#refreshTokens.get(key)
    if (record && this.#grants.get(record.grantId)?.clientId === clientId) this.#grants.delete(record.grantId)
  }

  /** Without `user`: all grants, and the clients' own tokens. @returns how many it has deleted */
  revokeAll(user?: string): number {
    const ended = this.#grantsOf(user)
    for (const id of ended) this.#grants.delete(id)
    if (user !== undefined) return ended.length
    const clients = this.#clientTokens.size
    this.#clientTokens.clear()
    return ended.length + clients
  }

  /** Refresh tokens stay valid. @returns how many access tokens it has ended */
  expireAll(user?: string): number {
    const now = this.#clock.now()
    const grants = new Set(this.#grantsOf(user))
    const users = [...this.#accessTokens.values()].filter((token) => grants.has(token.grantId))
    const clients = user === undefined ? [...this.#clientTokens.values()] : []
    const ended = [...users, ...clients].filter((token) => now < token.expiresAt)
    for (const token of ended) token.expiresAt = now
    return ended.length
  }

  clear() {
    for (const records of this.#all()) records.clear()
  }

  records(): VendorRecords {
    return {
      requests: [...this.#requests],
      grants: [...this.#grants],
      codes: [...this.#codes],
      accessTokens: [...this.#accessTokens],
      clientTokens: [...this.#clientTokens],
      refreshTokens: [...this.#refreshTokens],
    }
  }

  restore({ requests, grants, codes, accessTokens, clientTokens, refreshTokens }: VendorRecords) {
    this.clear()
    for (const [id, request] of requests) this.#requests.set(id, request)
    for (const [id, grant] of grants) this.#grants.set(id, grant)
    for (const [key, code] of codes) this.#codes.set(key, code)
    for (const [key, token] of accessTokens) this.#accessTokens.set(key, token)
    for (const [key, token] of clientTokens) this.#clientTokens.set(key, token)
    for (const [key, token] of refreshTokens) this.#refreshTokens.set(key, token)
  }

  #grant(grant: Omit<Grant, 'expiresAt'>) {
    const id = randomUUID()
    const now = this.#clock.now()
    keep(this.#grants, id, { ...grant, expiresAt: now + GRANT_MS }, now)
    return id
  }

  #issue(grantId: string, scopes: readonly string[]): IssuedTokens {
    const now = this.#clock.now()
    const accessToken = newSecret('access')
    keep(this.#accessTokens, digest(accessToken), { grantId, scopes, expiresAt: now + this.#accessTokenMs }, now)
    const refreshToken = newSecret('refresh')
    keep(this.#refreshTokens, digest(refreshToken), { grantId, used: false, expiresAt: now + GRANT_MS }, now)
    return { accessToken, refreshToken, scopes, expiresInSeconds: Math.round(this.#accessTokenMs / 1000) }
  }

  #grantsOf(user: string | undefined) {
    return [...this.#grants].filter(([, grant]) => user === undefined || grant.user === user).map(([id]) => id)
  }

  #all(): Map<string, unknown>[] {
    return [this.#requests, this.#grants, this.#codes, this.#accessTokens, this.#clientTokens, this.#refreshTokens]
  }
}
