import { Changes } from './changes.ts'

export type Call = {
  at: string
  operation: string
  status: number
  principal: string | null
  /** Whom it was made for: the `sub` of the user's JWT, or the user id. Null where it names nobody. */
  user: string | null
  /** Which statement of its principal's policies decided. Null where none was asked. */
  decision: string | null
}

const MAX_CALLS = 10_000

/** What happened, for assertions. The oldest calls go first: a soak test must not fill the memory. */
export class Calls {
  #calls: Call[] = []
  readonly #changes: Changes

  constructor(changes: Changes = new Changes()) {
    this.#changes = changes
  }

  record(call: Omit<Call, 'at'>) {
    this.#calls.push({ at: new Date().toISOString(), ...call })
    if (this.#calls.length >= 2 * MAX_CALLS) this.#calls = this.list()
    this.#changes.announce()
  }

  list(): Call[] {
    return this.#calls.slice(-MAX_CALLS)
  }

  clear() {
    this.#calls = []
  }
}
