import type { Person } from '../../tests/support/person.ts'
import { failVendor, mendVendor } from '../../tests/support/vendors.ts'
import type { Benchmark } from '../report/benchmark.ts'
import { median, percentile } from '../report/statistics.ts'
import { type BenchStack, withStack } from '../support/bench-stack.ts'
import { answered, peopleOf, QUESTION } from '../support/people.ts'

/** More turns than a process runs at a time. */
const BACKLOG = 70
const SLOW_QUESTION = 'What is on my calendar today?'
/** Delays each slow turn. The last one waits `BACKLOG * SLOW_MS / TURNS_AT_ONCE_PER_USER`: less than `PATIENCE_MS` of `tests/support`. */
const SLOW_MS = 500

/** The time from the request to the last event, for another user of the same process. */
export const turnBesideGreedyUser: Benchmark = {
  name: 'turn beside a greedy user',
  run: ({ quick, say }) =>
    withStack(async (stack) => {
      const people = peopleOf(stack)
      const asking = await people.connected()
      const greedy = await people.connected(SLOW_QUESTION)

      const count = quick ? 50 : 200
      const quiet = { p50: [] as number[], p99: [] as number[] }
      const beside = { p50: [] as number[], p99: [] as number[] }
      const measure = async ({ p50, p99 }: typeof quiet) => {
        const times = await timesOf(asking, count)
        p50.push(percentile(times, 50))
        p99.push(percentile(times, 99))
      }
      await timesOf(asking, count)
      for (let run = 1; run <= 5; run++) {
        await measure(quiet)
        const stop = await askWithoutEnd(stack, greedy)
        await measure(beside)
        await stop()
        say(`run ${run}: ${beside.p99.at(-1)?.toFixed(0)} ms, quiet ${quiet.p99.at(-1)?.toFixed(0)} ms`)
      }
      return {
        unit: `ms, p99 of a turn beside ${BACKLOG} slow ones of another user`,
        ours: beside.p99,
        floor: { name: 'the same on a quiet stack', values: quiet.p99 },
        details: [
          { what: 'beside a greedy user, p50', value: median(beside.p50), unit: 'ms' },
          { what: 'on a quiet stack, p50', value: median(quiet.p50), unit: 'ms' },
          { what: 'turns of a run, each way', value: count, unit: '' },
        ],
      }
    }),
}

async function timesOf(person: Person, turns: number): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < turns; n++) {
    const startedAt = performance.now()
    const { stream } = await person.ask(QUESTION)
    await answered(stream)
    times.push(performance.now() - startedAt)
  }
  return times
}

/** @returns a function that ends the backlog, and waits until it is empty */
async function askWithoutEnd(stack: BenchStack, person: Person): Promise<() => Promise<void>> {
  await failVendor(stack, 'google-calendar', { delayMs: SLOW_MS, times: 1_000_000 })
  const first = await Promise.all(Array.from({ length: BACKLOG }, () => person.ask(SLOW_QUESTION)))
  let stopping = false
  const askers = first.map(async ({ stream }) => {
    await answered(stream)
    while (!stopping) await answered((await person.ask(SLOW_QUESTION)).stream)
  })
  // The returned function reports a failure.
  for (const one of askers) one.catch(() => undefined)
  return async () => {
    stopping = true
    await mendVendor(stack, 'google-calendar')
    await Promise.all(askers)
  }
}
