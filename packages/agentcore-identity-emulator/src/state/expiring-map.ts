type Options<V> = {
  lifetimeMs: number
  now: () => number
  maxEntries: number
  /** In characters of the caller's input. */
  maxWeight: number
  weigh: (value: V) => number
  onForget: (value: V) => void
}

type Entry<V> = { value: V; expiresAt: number; weight: number }

/**
 * Expired entries are removed in the order of insertion, which is the order of expiry while all entries have one lifetime. The bounds protect the
 * memory from unfinished authorizations.
 */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #options: Options<V>
  #weight = 0

  constructor(options: Options<V>) {
    this.#options = options
  }

  /** False when there is no room: a new entry must not remove another user's authorization. */
  add(key: string, value: V): boolean {
    this.#forgetExpired()
    const { lifetimeMs, now, maxEntries, maxWeight, weigh } = this.#options
    const weight = weigh(value)
    if (this.#entries.size >= maxEntries || this.#weight + weight > maxWeight) return false
    this.#entries.set(key, { value, expiresAt: now() + lifetimeMs, weight })
    this.#weight += weight
    return true
  }

  /** Callers must add entries in the order of their expiry. */
  restore(key: string, value: V, expiresAt: number) {
    const weight = this.#options.weigh(value)
    this.#entries.set(key, { value, expiresAt, weight })
    this.#weight += weight
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && this.#options.now() < entry.expiresAt ? entry.value : undefined
  }

  /** Oldest first, including expired entries. */
  *values(): IterableIterator<V> {
    for (const { value } of this.#entries.values()) yield value
  }

  clear() {
    this.#entries.clear()
    this.#weight = 0
  }

  get size() {
    return this.#entries.size
  }

  #forgetExpired() {
    for (const [key, { value, expiresAt, weight }] of this.#entries) {
      if (this.#options.now() < expiresAt) return
      this.#entries.delete(key)
      this.#weight -= weight
      this.#options.onForget(value)
    }
  }
}
