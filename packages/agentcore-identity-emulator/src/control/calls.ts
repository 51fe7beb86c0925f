import { Changes } from './changes.ts'

export type Call = {
  at: string
  operation: string
  status: number
  principal: string | null
  /** A JWT's `sub`, a user id, or a user of the built-in authorization server. */
  user: string | null
  /** What the policies decided; null when none was evaluated. */
  decision: string | null
}

type Recorded = Omit<Call, 'at'> & { at: number }

const MAX_CALLS = 10_000

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
