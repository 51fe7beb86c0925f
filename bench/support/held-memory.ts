import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { usageOf } from './process-usage.ts'

/** Node flags. */
export const COLLECTS_GARBAGE = [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL('./collect-garbage.ts', import.meta.url)),
]

/** The resident memory after three garbage collections. */
export async function heldMiB(pid: number): Promise<number> {
  for (let n = 0; n < 3; n++) {
    process.kill(pid, 'SIGUSR2')
    await delay(300)
  }
  return (await usageOf(pid)).residentMiB
}
