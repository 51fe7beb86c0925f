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

type Recorded = Omit<Call, 'at'> & { at: number }

const MAX_CALLS = 10_000

/** What happened, for assertions. The oldest calls go first: a soak test must not fill the memory. */
export class Calls {
  /** With the time in milliseconds: it is read less often than written. */
  #calls: Recorded[] = []
  readonly #changes: Changes

  constructor(changes: Changes = new Changes()) {
    this.#changes = changes
  }

  record(call: Omit<Call, 'at'>) {
    this.#calls.push({ at: Date.now(), ...call })
    if (this.#calls.length >= 2 * MAX_CALLS) this.#calls = this.#calls.slice(-MAX_CALLS)
    this.#changes.announce()
  }

  list(): Call[] {
    return this.#calls.slice(-MAX_CALLS).map((call) => ({ ...call, at: new Date(call.at).toISOString() }))
  }

  clear() {
    this.#calls = []
  }
}
