import type { Principal } from '../identity/principal.ts'

/** `expiresAt` undefined: the vendor gave no usable `expires_in`, so the token counts as unexpired (a classic GitHub OAuth App). */
export type VaultedToken = {
  providerInstanceId: string
  workloadInstanceId: string
  /** For display, as are the scopes. The vault's key decides whose token it is. */
  principal: Principal
  scopes: readonly string[]
  accessToken: string
  refreshToken: string | undefined
  expiresAt: number | undefined
}

const MAX_TOKENS = 100_000
const MAX_CHARACTERS = 256 * 1024 * 1024

/** A full vault removes the least recently used token. */
export class TokenVault {
  readonly #tokens = new Map<string, VaultedToken>()
  #characters = 0
  #clearings = 0

  get clearings() {
    return this.#clearings
  }

  get(key: string): VaultedToken | undefined {
    const token = this.#tokens.get(key)
    if (token === undefined) return undefined
    this.#tokens.delete(key)
    this.#tokens.set(key, token)
    return token
  }

  put(key: string, token: VaultedToken) {
    this.delete(key)
    this.#tokens.set(key, token)
    this.#characters += weigh(token)
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= MAX_TOKENS && this.#characters <= MAX_CHARACTERS) return
      this.delete(oldest)
    }
  }

  /** Least recently used first. */
  entries() {
    return this.#tokens.entries()
  }

  /** Least recently used first. */
  all() {
    return this.#tokens.values()
  }

  delete(key: string) {
    const token = this.#tokens.get(key)
    if (token !== undefined) this.#characters -= weigh(token)
    this.#tokens.delete(key)
  }

  deleteAllOf(instanceId: string) {
    for (const [key, token] of this.#tokens) {
      if (token.providerInstanceId === instanceId || token.workloadInstanceId === instanceId) this.delete(key)
    }
  }

  clear() {
    this.#tokens.clear()
    this.#characters = 0
    this.#clearings += 1
  }
}

const weigh = ({ accessToken, refreshToken = '' }: VaultedToken) => accessToken.length + refreshToken.length
