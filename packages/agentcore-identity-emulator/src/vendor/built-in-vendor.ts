import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { digest, findLive, keep, newSecret } from './records.ts'

/** A browser's request at `/vendor/authorize`, and its signed-in user. */
export type AuthorizationRequest = {
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string | undefined
  readonly scopes: readonly string[]
  readonly codeChallenge: string
  readonly loginHint: string | undefined
}
type PendingRequest = AuthorizationRequest & { user: string | undefined; expiresAt: number }

/** The permissions of a user's grant, or of a client's own. Deleted: revoked, with all of its tokens. */
export type Grant = { user: string | undefined; clientId: string; scopes: readonly string[]; expiresAt: number }
type Code = { grantId: string; redirectUri: string; codeChallenge: string; redeemed: boolean; expiresAt: number }
type AccessToken = { grantId: string; expiresAt: number }
type RefreshToken = { grantId: string; used: boolean; expiresAt: number }

export type IssuedTokens = { accessToken: string; refreshToken: string | undefined; expiresInSeconds: number }
export type VendorRecords = {
  requests: [string, PendingRequest][]
  grants: [string, Grant][]
  codes: [string, Code][]
  accessTokens: [string, AccessToken][]
  refreshTokens: [string, RefreshToken][]
}

const REQUEST_MS = 10 * 60_000
/** The same as AgentCore's authorization session, which keeps the code until CompleteResourceTokenAuth. */
const CODE_MS = 10 * 60_000
const GRANT_MS = 365 * 24 * 3_600_000

/**
 * The state of the built-in authorization server: plain OAuth 2.0 (RFC 6749) with PKCE (RFC 7636), refresh tokens that rotate, and
 * revocation. Lifetimes follow the emulator's clock.
 */
export class BuiltInVendor {
  readonly users: readonly string[]
  readonly #clock: Pick<Clock, 'now'>
  readonly #accessTokenMs: number
  readonly #requests = new Map<string, PendingRequest>()
  readonly #grants = new Map<string, Grant>()
  readonly #codes = new Map<string, Code>()
  readonly #accessTokens = new Map<string, AccessToken>()
  readonly #refreshTokens = new Map<string, RefreshToken>()

  constructor(
    clock: Pick<Clock, 'now'>,
    { users, accessTokenSeconds }: { users: readonly string[]; accessTokenSeconds: number },
  ) {
    this.#clock = clock
    this.users = users
    this.#accessTokenMs = accessTokenSeconds * 1000
  }

  /** @returns the id of the request in the pages' forms; it cannot be guessed. */
  begin(request: AuthorizationRequest): string {
    const id = newSecret('request')
    const user = this.users.find((name) => name === request.loginHint)
    const now = this.#clock.now()
    keep(this.#requests, id, { ...request, user, expiresAt: now + REQUEST_MS }, now)
    return id
  }

  find = (requestId: string) => findLive(this.#requests, requestId, this.#clock.now())

  /** Removes a request: it can be decided once. */
  take(requestId: string) {
    const request = this.find(requestId)
    this.#requests.delete(requestId)
    return request
  }

  /** The user has consented. @returns the authorization code. */
  consent({ clientId, scopes, redirectUri, codeChallenge }: AuthorizationRequest, user: string): string {
    const code = newSecret('code')
    const grantId = this.#grant({ user, clientId, scopes })
    const now = this.#clock.now()
    const record = { grantId, redirectUri, codeChallenge, redeemed: false, expiresAt: now + CODE_MS }
    keep(this.#codes, digest(code), record, now)
    return code
  }

  /** A code is valid once. A second use means theft: the tokens of the first use are revoked (RFC 6749 §4.1.2). */
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
    return this.#issue(record.grantId, { refreshable: true })
  }

  /** Each refresh token is valid once; a second use revokes the whole grant (RFC 9700 §4.14.2). */
  refresh(refreshToken: string, clientId: string): IssuedTokens | undefined {
    const record = findLive(this.#refreshTokens, digest(refreshToken), this.#clock.now())
    if (record === undefined) return undefined
    const grant = this.#grants.get(record.grantId)
    if (record.used) this.#grants.delete(record.grantId)
    if (record.used || grant?.clientId !== clientId) return undefined
    record.used = true
    return this.#issue(record.grantId, { refreshable: true })
  }

  /** The client's own token (RFC 6749 §4.4), without a refresh token. */
  issueToClient(clientId: string, scopes: readonly string[]): IssuedTokens {
    return this.#issue(this.#grant({ user: undefined, clientId, scopes }), { refreshable: false })
  }

  /** The user of this token, until it expires. */
  inspect(accessToken: string): (Grant & { expiresInSeconds: number }) | undefined {
    const now = this.#clock.now()
    const record = findLive(this.#accessTokens, digest(accessToken), now)
    const grant = record && this.#grants.get(record.grantId)
    return record && grant && { ...grant, expiresInSeconds: Math.round((record.expiresAt - now) / 1000) }
  }

  /** RFC 7009: either token revokes the grant, and only its own client may. */
  revokeToken(token: string, clientId: string) {
    const record = this.#accessTokens.get(digest(token)) ?? this.#refreshTokens.get(digest(token))
    if (record && this.#grants.get(record.grantId)?.clientId === clientId) this.#grants.delete(record.grantId)
  }

  /** Revokes the grants of these users, as in the vendor's settings. Absent: of all users. @returns their number. */
  revokeAll(user?: string): number {
    const ended = this.#grantsOf(user)
    for (const id of ended) this.#grants.delete(id)
    return ended.length
  }

  /** Expires access tokens now; refresh tokens stay valid. @returns their number. */
  expireAll(user?: string): number {
    const now = this.#clock.now()
    const grants = new Set(this.#grantsOf(user))
    const ended = [...this.#accessTokens.values()].filter((token) => grants.has(token.grantId) && now < token.expiresAt)
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
      refreshTokens: [...this.#refreshTokens],
    }
  }

  restore({ requests, grants, codes, accessTokens, refreshTokens }: VendorRecords) {
    this.clear()
    for (const [id, request] of requests) this.#requests.set(id, request)
    for (const [id, grant] of grants) this.#grants.set(id, grant)
    for (const [key, code] of codes) this.#codes.set(key, code)
    for (const [key, token] of accessTokens) this.#accessTokens.set(key, token)
    for (const [key, token] of refreshTokens) this.#refreshTokens.set(key, token)
  }

  #grant(grant: Omit<Grant, 'expiresAt'>) {
    const id = randomUUID()
    const now = this.#clock.now()
    keep(this.#grants, id, { ...grant, expiresAt: now + GRANT_MS }, now)
    return id
  }

  #issue(grantId: string, { refreshable }: { refreshable: boolean }): IssuedTokens {
    const now = this.#clock.now()
    const accessToken = newSecret('access')
    keep(this.#accessTokens, digest(accessToken), { grantId, expiresAt: now + this.#accessTokenMs }, now)
    const refreshToken = refreshable ? newSecret('refresh') : undefined
    if (refreshToken !== undefined)
      keep(this.#refreshTokens, digest(refreshToken), { grantId, used: false, expiresAt: now + GRANT_MS }, now)
    return { accessToken, refreshToken, expiresInSeconds: Math.round(this.#accessTokenMs / 1000) }
  }

  #grantsOf(user: string | undefined) {
    return [...this.#grants].filter(([, grant]) => user === undefined || grant.user === user).map(([id]) => id)
  }

  #all(): Map<string, unknown>[] {
    return [this.#requests, this.#grants, this.#codes, this.#accessTokens, this.#refreshTokens]
  }
}
