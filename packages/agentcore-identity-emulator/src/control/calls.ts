export type Call = { at: string; operation: string; status: number; principal: string | null }

const MAX_CALLS = 10_000

/** What happened, for assertions. The oldest calls go first: a soak test must not fill the memory. */
export class Calls {
  #calls: Call[] = []

  record(operation: string, status: number, principal: string | null) {
    this.#calls.push({ at: new Date().toISOString(), operation, status, principal })
    if (this.#calls.length >= 2 * MAX_CALLS) this.#calls = this.list()
  }

  list(): Call[] {
    return this.#calls.slice(-MAX_CALLS)
  }

  clear() {
    this.#calls = []
  }
}
