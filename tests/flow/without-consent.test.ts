import { afterEach, describe, expect, test } from '@jest/globals'
import { auditLinesOf } from '../support/audit-lines.ts'
import type { Person } from '../support/person.ts'
import { flowOf, WITHOUT_CONSENT_FLOWS } from '../support/provider-flows.ts'
import { emulatorOf, logOf, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { revokeAtVendor } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
afterEach(() => emulator.forgetFaults())

async function answerTo(who: Person, question: string) {
  const { stream, turnId } = await who.ask(question)
  return { answer: await stream.answer(), events: stream.events.map(({ event }) => event), turnId }
}

/** A fork may have other providers. */
const ANSWERS: Readonly<Record<string, (who: Person) => RegExp>> = {
  'time-off': ({ username }) => new RegExp(`\\b${username} has`),
  warehouse: () => /Chairs/,
  'service-status': () => /Payroll/,
}

describe.each(WITHOUT_CONSENT_FLOWS)('$displayName, $credential', ({ provider, credential, tool, question }) => {
  test('sign in, ask, answer: the user is not asked for a consent, and there is no connection', async () => {
    const who = await signedIn(stack)
    const { answer, events, turnId } = await answerTo(who, question)
    const said = ANSWERS[provider]
    if (said) expect(answer).toMatch(said(who))
    expect(events).not.toContain('authorization_required')

    const connections = JSON.parse((await who.api('/api/connections')).body) as { provider: string }[]
    expect(connections.map((one) => one.provider)).not.toContain(provider)
    const connect = await who.api(`/api/connections/${provider}/authorizations`, { method: 'POST' })
    expect(connect.status).toBe(404)

    await until(async () =>
      auditLinesOf(await logOf(stack)).some(
        (line) =>
          line.event === 'tool_acted' && line.turnId === turnId && line.tool === tool && line.credential === credential,
      ),
    )
  })
})

describe('on behalf of a user', () => {
  const { question } = flowOf('time-off')

  test('two users at once, on either replica, each get their own data only', async () => {
    const [one, other] = await Promise.all([signedIn(stack), signedIn(stack)])
    const answers = await Promise.all(
      [one, other, one, other].map(async (who) => [who.username, (await answerTo(who, question)).answer] as const),
    )
    for (const [username, answer] of answers) {
      expect(answer).toContain(`${username} has 30 days off left`)
      for (const { username: another } of [one, other])
        if (another !== username) expect(answer).not.toContain(`${another} has`)
    }
  })

  test('a change is made once, and a token that the API has revoked is replaced by another exchange', async () => {
    const who = await signedIn(stack)
    expect((await answerTo(who, 'Take 2026-12-24 off')).answer).toContain('29 days off')
    expect((await answerTo(who, question)).answer).toContain(`${who.username} has 29 days off left`)
    await revokeAtVendor(stack, 'time-off', who.username)
    expect((await answerTo(who, question)).answer).toContain(`${who.username} has 29 days off left`)
  })

  test('no token is exchanged after the user session has ended', async () => {
    const who = await signedIn(stack)
    await answerTo(who, question)
    await who.signOut()
    for (const n of [0, 1] as const) {
      const via = replicaOf(stack, 'agent-workload', n)
      const answer = await who.api('/api/turns', { method: 'POST', json: { message: question }, via })
      expect(answer.status).toBe(401)
    }
  })

  test('when AWS refuses, the answer says that asking again does not help, and the next question works', async () => {
    const who = await signedIn(stack)
    const refused = { operation: 'GetResourceOauth2Token', status: 403, error: 'AccessDeniedException' }
    // Work that earlier tests have left takes refusals, too.
    await emulator.fault({ ...refused, times: 1_000 })
    const { answer, events } = await answerTo(who, question)
    expect(answer).toContain('This agent is not given access to Time Off. Only those who run it can change that')
    expect(events).not.toContain('authorization_required')
    await emulator.forgetFaults()
    expect((await answerTo(who, question)).answer).toContain(`${who.username} has`)
  })
})
