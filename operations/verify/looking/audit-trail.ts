import type { AuditLine } from '@agent-identity/contracts'
import type { Consents } from '../flow/attacks.ts'
import { flowRow, flowRowNotTried } from '../flow/flow-row.ts'
import type { FlowTraces, Place } from '../place/place.ts'
import type { Row } from '../report/row.ts'

/** In the order of the flow. The lines may be read in another order, because two services write them. */
const STEPS = ['authorization_created', 'authorization_started', 'binding_intended', 'bound', 'token_obtained']

/** Compares with the lines that docs/audit.md describes. */
export async function lookAtAuditTrail(
  place: Pick<Place, 'auditLines' | 'auditLinesWithinMs'>,
  { asked, bound: authorizationIds }: Consents,
  wait: (milliseconds: number) => Promise<void>,
): Promise<{ rows: Row[]; traces: FlowTraces }> {
  const all = [...asked, ...authorizationIds]
  let lines: readonly AuditLine[] = []
  const until = Date.now() + place.auditLinesWithinMs
  do {
    lines = await place.auditLines()
    const isComplete = authorizationIds.every((id) => STEPS.every((step) => eventsOf(id, lines).includes(step)))
    if (isComplete && reasonsOf(all, lines) === REFUSALS) break
    await wait(1_000)
  } while (Date.now() < until)

  const [first = ''] = authorizationIds
  const bound = lines.filter((line) => line.event === 'bound' && authorizationIds.includes(line.authorizationId))
  return {
    rows: [
      flowRow(
        'audit-steps',
        'The audit trail of the first consent',
        STEPS.join(', '),
        inOrder(eventsOf(first, lines)).join(', '),
      ),
      flowRow('audit-bound', 'Lines `bound` of all consents', String(authorizationIds.length), String(bound.length)),
      lines.length === 0
        ? flowRowNotTried('audit-refusals', REFUSALS_WORDS, REFUSALS, 'no line has come')
        : flowRow('audit-refusals', REFUSALS_WORDS, REFUSALS, reasonsOf(all, lines)),
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
  'different-browser, different-session-uri, different-state, different-user, different-user-session, malformed, not-signed-in, settled'

/** Others may use the stage, so only this run's refusals count. The line of a malformed return names no authorization, but its user session. */
function reasonsOf(authorizationIds: readonly string[], lines: readonly AuditLine[]): string {
  const isOfConsent = (line: AuditLine) =>
    'authorizationId' in line && line.authorizationId !== undefined && authorizationIds.includes(line.authorizationId)
  const sessionOf = (line: AuditLine) => ('userSessionFingerprint' in line ? line.userSessionFingerprint : undefined)
  const sessions = new Set(lines.filter(isOfConsent).map(sessionOf))
  // Otherwise every line without a user session would count as one of this run.
  sessions.delete(undefined)
  const own = lines.filter((line) => isOfConsent(line) || sessions.has(sessionOf(line)))
  const reasons = own.flatMap((line) => (line.event === 'binding_refused' ? [line.reason] : []))
  return [...new Set(reasons)].sort().join(', ')
}

function eventsOf(id: string, lines: readonly AuditLine[]): string[] {
  const its = lines.filter((line) => 'authorizationId' in line && line.authorizationId === id)
  return [...new Set(its.map(({ event }) => event))]
}

const inOrder = (events: readonly string[]): string[] => [
  ...STEPS.filter((step) => events.includes(step)),
  ...events.filter((event) => !STEPS.includes(event)),
]
