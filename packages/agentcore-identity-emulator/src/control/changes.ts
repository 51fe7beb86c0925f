/** Tells listeners that something in the emulator may look different now. Without details: they look for themselves. */
export class Changes {
  readonly #listeners = new Set<() => void>()

  announce() {
    for (const listener of this.#listeners) listener()
  }

  /** @returns what ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
