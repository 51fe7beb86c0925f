import type { AuditLine } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { lookAtAuditTrail } from './audit-trail.ts'

const line = (event: string, more: object) => ({ event, ...more }) as AuditLine
const userSessionFingerprint = 'session-of-the-rightful-user'
const ofWorkload = (authorizationId: string) =>
  ['authorization_created', 'authorization_started', 'token_obtained'].map((event) =>
    line(event, { authorizationId, userSessionFingerprint }),
  )
const ofBinding = (authorizationId: string) => [
  line('binding_intended', { authorizationId, userSessionFingerprint }),
  line('bound', { authorizationId, userSessionFingerprint, awsRequestId: `request-of-${authorizationId}` }),
]
const refused = (reason: string, whose: object) => line('binding_refused', { reason, ...whose })
const NOT_SIGNED_IN = refused('not-signed-in', { authorizationId: 'two' })
const MALFORMED = refused('malformed', { userSessionFingerprint })
const REFUSED = [
  // Of the rightful user, whose authorization an attack has ended.
  refused('settled', { authorizationId: 'two', userSessionFingerprint }),
  refused('different-browser', { authorizationId: 'two', userSessionFingerprint }),
  refused('different-session-uri', { authorizationId: 'two', userSessionFingerprint }),
  refused('different-state', { authorizationId: 'two', userSessionFingerprint }),
  refused('different-user', { authorizationId: 'two', userSessionFingerprint: 'session-of-the-attacker' }),
  refused('different-user-session', { authorizationId: 'two', userSessionFingerprint: 'another-session' }),
  MALFORMED,
  NOT_SIGNED_IN,
]

/** @param arriving for each look, the lines that have arrived since the look before */
async function look(...arriving: AuditLine[][]) {
  const now = Date.now
  let looks = 0
  try {
    const { rows, traces } = await lookAtAuditTrail(
      { auditLines: async () => arriving.slice(0, ++looks).flat(), auditLinesWithinMs: 90_000 },
      { asked: ['one', 'two'], bound: ['one', 'two'] },
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

const COMPLETE = [...WORKLOAD, ...REFUSED, ...ofBinding('one'), ...ofBinding('two')]
const REFUSALS_OF_OTHERS = [
  refused('expired', { authorizationId: 'theirs', userSessionFingerprint: 'their-session' }),
  refused('malformed', { userSessionFingerprint: 'their-session' }),
  refused('unknown-authorization', { userSessionFingerprint: 'their-session' }),
  refused('not-signed-in', {}),
  refused('settled', {}),
]

test('refused returns of other users neither contradict nor delay a run', async () => {
  const { rows, looks } = await look([...REFUSALS_OF_OTHERS, ...COMPLETE])
  expect({ rows, looks }).toEqual({
    rows: ['audit-steps holds', 'audit-bound holds', 'audit-refusals holds'],
    looks: 1,
  })
})

test.each([
  ['a refusal of its own is missing that another user got', COMPLETE.filter((one) => one !== MALFORMED)],
  ['a refusal of its own is missing that also came without a name', COMPLETE.filter((one) => one !== NOT_SIGNED_IN)],
  ['it has one more refusal', [...COMPLETE, refused('expired', { authorizationId: 'two' })]],
  ['its user session has one more refusal', [...COMPLETE, refused('expired', { userSessionFingerprint })]],
])('a run is contradicted when %s', async (_what, lines) => {
  const { rows } = await look([...REFUSALS_OF_OTHERS, ...lines])
  expect(rows).toEqual(['audit-steps holds', 'audit-bound holds', 'audit-refusals contradicted'])
})
