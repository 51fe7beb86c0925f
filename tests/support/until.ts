import { PATIENCE_MS } from './patience.ts'

/** Polls for a condition that has no event. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error(`Not within ${PATIENCE_MS / 1_000} s: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
