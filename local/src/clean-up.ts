export interface CleanUp {
  /** Steps run in reverse order. One that is added after `run` was called runs at once, unawaited. */
  add(undo: () => Promise<unknown>): void
  /** Runs all steps, even if some fail; then it rejects with their errors. */
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
