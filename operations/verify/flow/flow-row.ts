import type { Row } from '../report/row.ts'

export const flowRow = (id: string, assumption: string, expected: string, seen: string): Row => ({
  id,
  kind: 'flow',
  assumption,
  expected,
  seen,
  verdict: seen === expected ? 'holds' : 'contradicted',
})

export const flowRowNotTried = (id: string, assumption: string, expected: string, why: string): Row => ({
  id,
  kind: 'flow',
  assumption,
  expected,
  seen: `not tried: ${why}`,
  verdict: 'not tried',
})

/** A request that breaks off must not end the run: the rows after it would be missing. */
export async function flowRowOfRequests(
  id: string,
  assumption: string,
  expected: string,
  see: () => Promise<string>,
): Promise<Row> {
  try {
    return flowRow(id, assumption, expected, await see())
  } catch (error) {
    return flowRowNotTried(id, assumption, expected, `a request broke off: ${(error as Error).name}`)
  }
}
