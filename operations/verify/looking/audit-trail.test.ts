import type { AuditLine } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { lookAtAuditTrail } from './audit-trail.ts'

const line = (event: string, more: object) => ({ event, ...more }) as AuditLine
const ofWorkload = (authorizationId: string) =>
  ['authorization_created', 'authorization_started', 'token_obtained'].map((event) => line(event, { authorizationId }))
const ofBinding = (authorizationId: string) => [
  line('binding_intended', { authorizationId }),
  line('bound', { authorizationId, awsRequestId: `request-of-${authorizationId}` }),
]
const REFUSED = [
  'different-session-uri',
  'different-state',
  'different-user',
  'different-user-session',
  'malformed',
  'not-signed-in',
].map((reason) => line('binding_refused', { reason }))

/** @param arriving the lines that have arrived at each look */
async function look(...arriving: AuditLine[][]) {
  const now = Date.now
  let looks = 0
  try {
    const { rows, traces } = await lookAtAuditTrail(
      { auditLines: async () => arriving.slice(0, ++looks).flat() },
      ['one', 'two'],
      // Waits end at once.
      async (milliseconds) => {
        const later = Date.now() + milliseconds
        Date.now = () => later
      },
    )
    return { rows: rows.map(({ id, verdict }) => `${id} ${verdict}`), traces, looks }
  } finally {
    Date.now = now
  }
}

const WORKLOAD = [...ofWorkload('one'), ...ofWorkload('two')]

test.each([
  ['session binding’s log group is late', [WORKLOAD, [], [...REFUSED, ...ofBinding('one'), ...ofBinding('two')]]],
  [
    'session binding’s is late for one of two consents',
    [[...WORKLOAD, ...REFUSED, ...ofBinding('one')], [], ofBinding('two')],
  ],
  [
    'refusals of one replica of session binding are late',
    [[...WORKLOAD, ...ofBinding('one'), ...ofBinding('two'), ...REFUSED.slice(1)], [], REFUSED.slice(0, 1)],
  ],
  ['the agent workload’s log group is late', [[...REFUSED, ...ofBinding('one'), ...ofBinding('two')], [], WORKLOAD]],
])('the audit trail holds when %s', async (_what, arriving) => {
  expect(await look(...arriving)).toEqual({
    rows: ['audit-steps holds', 'audit-bound holds', 'audit-refusals holds'],
    traces: { authorizationIds: ['one', 'two'], completionRequestIds: ['request-of-one', 'request-of-two'] },
    looks: 3,
  })
})

test('a consent that was never bound is contradicted once the time for its lines is over', async () => {
  const { rows, traces, looks } = await look([...WORKLOAD, ...REFUSED, ...ofBinding('one')])
  expect(rows).toEqual(['audit-steps holds', 'audit-bound contradicted', 'audit-refusals holds'])
  expect(traces.completionRequestIds).toEqual(['request-of-one'])
  expect(looks).toBeGreaterThan(10)
})
