import { AwsError, type ErrorType } from '../aws-protocol/errors.ts'

export type Fault = {
  operation: string
  /** A `user` of the list of calls. Only calls of AWS's operations match: no request of a browser, and none of the `vendor:` operations. */
  user?: string
  error?: { type: string; status: number; message: string }
  delayMs?: number
  /** The operation is executed, unless `error` is given, and the connection breaks before the answer. */
  dropReply?: boolean
  times: number
}

export type PlannedFault = Readonly<Omit<Fault, 'error'> & { error?: string }>

const MAX_FAULTS = 100

export class Faults {
  #planned: Fault[] = []
  readonly #waits = new Set<() => void>()

  plan(fault: Fault) {
    if (this.#planned.length >= MAX_FAULTS) {
      throw new AwsError('ValidationException' satisfies ErrorType, `At most ${MAX_FAULTS} faults can be planned`)
    }
    this.#planned.push({ ...fault })
  }

  list(): PlannedFault[] {
    return this.#planned.map(({ error, ...fault }) => ({
      ...fault,
      ...(error ? { error: `${error.status} ${error.type}` } : {}),
    }))
  }

  async take(operation: string, user: string | null = null): Promise<Fault | undefined> {
    const fault = this.#planned.find(
      (planned) => planned.operation === operation && (planned.user === undefined || planned.user === user),
    )
    if (fault === undefined) return undefined
    fault.times -= 1
    if (fault.times <= 0) this.#planned = this.#planned.filter((planned) => planned !== fault)
    if (fault.delayMs) await this.#wait(fault.delayMs)
    return fault
  }

  clear() {
    this.#planned = []
    for (const wake of this.#waits) wake()
  }

  #wait(milliseconds: number) {
    return new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waits.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, milliseconds)
      this.#waits.add(wake)
    })
  }
}
