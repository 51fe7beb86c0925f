/** Work that waits at each of its steps until it is let go on, or never. */
export function createProcesses(random: () => number) {
  interface Process {
    waiting: (() => void)[]
    isDone?: true
    /** What the world noted when the process began. */
    note?: unknown
  }
  let processes: Process[] = []
  let current: Process | undefined
  const failures: unknown[] = []
  const ready = () => processes.filter(({ waiting }) => waiting.length > 0)
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]

  async function goOn(process: Process): Promise<void> {
    const [next] = process.waiting.splice(Math.floor(random() * process.waiting.length), 1)
    if (!next) return
    current = process
    next()
    // All promises that follow from it are settled before the next macrotask.
    await new Promise((resolve) => setImmediate(resolve))
    current = undefined
    if (process.isDone) processes = processes.filter((one) => one !== process)
  }

  return {
    failures,

    /** A point at which a process waits for Redis, AgentCore, the vendor or the user, and may die. */
    step: () => new Promise<void>((resolve) => void current?.waiting.push(resolve)),

    run(work: () => Promise<unknown>, note?: unknown): void {
      const process: Process = { waiting: [], note }
      processes.push(process)
      process.waiting.push(() => {
        work()
          .catch((error: unknown) => failures.push(error))
          .finally(() => {
            process.isDone = true
          })
      })
    },

    /** @returns false when none is left that can go on */
    async letOneGoOn(): Promise<boolean> {
      const one = pick(ready())
      if (one) await goOn(one)
      return one !== undefined
    },

    killOne(): boolean {
      const one = pick(processes)
      processes = processes.filter((other) => other !== one)
      return one !== undefined
    },

    noteOfCurrent: () => current?.note,
  }
}
