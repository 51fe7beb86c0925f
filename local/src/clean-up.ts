export interface CleanUp {
  /** They run in reverse order; one that is added after the clean-up has begun runs at once. */
  add(undo: () => Promise<unknown>): void
  /** Runs all of them, even if some fail; a second call waits for the first. */
  run(): Promise<void>
}

export function createCleanUp(): CleanUp {
  const steps: (() => Promise<unknown>)[] = []
  let running: Promise<void> | undefined

  async function undoAll(): Promise<void> {
    const errors: unknown[] = []
    for (let undo = steps.pop(); undo; undo = steps.pop()) await undo().catch((error) => errors.push(error))
    if (errors.length > 0) throw new AggregateError(errors, 'The local stack did not stop cleanly')
  }
  return {
    add(undo) {
      if (running) undo().catch(() => {})
      else steps.push(undo)
    },
    run() {
      running ??= undoAll()
      return running
    },
  }
}
