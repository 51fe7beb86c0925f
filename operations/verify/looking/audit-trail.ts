import type { AuditLine } from '@agent-identity/contracts'
import { flowRow, flowRowNotTried } from '../flow/flow-row.ts'
import type { FlowTraces, Place } from '../place/place.ts'
import type { Row } from '../report/row.ts'

/** CloudWatch Logs usually shows a line within seconds. */
const LIMIT_MS = 90_000

const STEPS = 'authorization_created, authorization_started, binding_intended, bound, token_obtained'

/** docs/audit.md. */
export async function lookAtAuditTrail(
  place: Pick<Place, 'auditLines'>,
  authorizationIds: readonly string[],
  wait: (milliseconds: number) => Promise<void>,
): Promise<{ rows: Row[]; traces: FlowTraces }> {
  const isOf = (id: string) => (line: AuditLine) => 'authorizationId' in line && line.authorizationId === id
  const isComplete = (lines: readonly AuditLine[]) =>
    authorizationIds.every((id) => lines.filter(isOf(id)).some(({ event }) => event === 'token_obtained'))

  let lines: readonly AuditLine[] = []
  const until = Date.now() + LIMIT_MS
  do {
    lines = await place.auditLines()
    if (isComplete(lines)) break
    await wait(1_000)
  } while (Date.now() < until)

  const steps = authorizationIds.map((id) => [...new Set(lines.filter(isOf(id)).map(({ event }) => event))])
  const bound = lines.filter((line) => line.event === 'bound' && authorizationIds.includes(line.authorizationId))
  const refusals = lines.flatMap((line) => (line.event === 'binding_refused' ? [line.reason] : []))
  const reasons = [...new Set(refusals)].sort().join(', ')
  return {
    rows: [
      flowRow('audit-steps', 'The audit trail of the first consent', STEPS, inOrder(steps[0] ?? [])),
      flowRow('audit-bound', 'Lines `bound` of the two consents', '2', String(bound.length)),
      lines.length === 0
        ? flowRowNotTried('audit-refusals', REFUSALS_WORDS, REFUSALS, 'no line has come')
        : flowRow('audit-refusals', REFUSALS_WORDS, REFUSALS, reasons),
    ],
    traces: {
      authorizationIds,
      completionRequestIds: bound.flatMap((line) =>
        'awsRequestId' in line && line.awsRequestId ? [line.awsRequestId] : [],
      ),
    },
  }
}

const REFUSALS_WORDS = 'The reasons of the refused attacks in the audit trail'
const REFUSALS =
  'different-session-uri, different-state, different-user, different-user-session, malformed, not-signed-in'

/** The order of lines of two services varies. */
function inOrder(events: readonly string[]): string {
  const known = STEPS.split(', ')
  return [...known.filter((event) => events.includes(event)), ...events.filter((event) => !known.includes(event))].join(
    ', ',
  )
}
