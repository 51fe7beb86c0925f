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
