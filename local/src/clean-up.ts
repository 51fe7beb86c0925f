export interface CleanUp {
  /** What was done last is undone first; what comes when all has been undone is undone at once. */
  add(undo: () => Promise<unknown>): void
  /** Undoes everything, whatever fails on the way; a second call waits for the first. */
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
