import { Changes } from './changes.ts'

export type Call = {
  at: string
  operation: string
  status: number
  principal: string | null
  /** The `sub` of the user's JWT, or the user id; at the built-in authorization server, its user. */
  user: string | null
  /** What the policies decided, and why. Null when no policy was evaluated. */
  decision: string | null
}

type Recorded = Omit<Call, 'at'> & { at: number }

const MAX_CALLS = 10_000

/** The oldest calls are dropped, so that they do not fill the memory. */
export class Calls {
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
