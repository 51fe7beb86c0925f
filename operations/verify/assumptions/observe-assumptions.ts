import type { Mask } from '../report/mask.ts'
import type { Row } from '../report/row.ts'
import type { Assumption, Experiment, Observed } from './assumption.ts'
import type { Trial } from './trial.ts'

export async function observeAssumptions(
  experiments: readonly Experiment[],
  trial: Trial,
  mask: Mask,
  stopped: AbortSignal,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const experiment of experiments) {
    stopped.throwIfAborted()
    trial.say(`Trying ${experiment.name}.`)
    const observed = await experiment.observe(trial).catch((error: Error): Readonly<Record<string, Observed>> => {
      stopped.throwIfAborted()
      const why = `the experiment broke off: ${error.name} "${error.message}"`
      return Object.fromEntries(experiment.assumptions.map(({ id }) => [id, { notTried: why }]))
    })
    for (const assumption of experiment.assumptions) rows.push(rowOf(assumption, observed[assumption.id], mask))
  }
  return rows
}

/** Compares the masked observation: names differ from run to run. */
export function rowOf(assumption: Assumption, observed: Observed | undefined, mask: Mask): Row {
  const { id, words, expected, option } = assumption
  const common = { id, kind: 'assumption' as const, assumption: words, expected }
  if (observed === undefined || typeof observed === 'object')
    return {
      ...common,
      seen: `not tried: ${mask.apply(observed?.notTried ?? 'the experiment did not come to it')}`,
      verdict: 'not tried',
    }
  const seen = mask.apply(observed)
  const holds = seen === expected
  return {
    ...common,
    seen,
    verdict: holds ? 'holds' : 'contradicted',
    ...(option && !holds ? { option: { name: option.name, value: option.values[seen] } } : {}),
  }
}
