import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { auditLinesOf } from '../support/audit-lines.ts'
import { CHANGE_FLOWS } from '../support/provider-flows.ts'
import { logOf, person, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()

/** Alice has what the examples name. Other tests may have connected her. */
const alice = person(stack, 'alice')
beforeEach(() => alice.signIn())

describe.each(CHANGE_FLOWS)('$displayName, $tool', ({ provider, displayName, tool, question, alwaysAsks }) => {
  const askFirst = (json: { askFirst: boolean }) =>
    alice.api(`/api/connections/${provider}/ask-first`, { method: 'PUT', json })
  beforeEach(async () => {
    // Where the change is to the user's own account, they are asked because they have chosen so.
    expect((await askFirst({ askFirst: !alwaysAsks })).status).toBe(204)
  })
  afterEach(() => askFirst({ askFirst: false }))

  /** Consents, if that is needed, up to the question. */
  async function asked() {
    const { stream, turnId } = await alice.ask(question)
    const has = (name: string) => stream.events.some(({ event }) => event === name)
    await until(async () => has('authorization_required') || has('confirmation_required') || has('done'))
    if (has('authorization_required')) await alice.connect((await stream.next('authorization_required')).data.startUrl)
    const { data } = await stream.next('confirmation_required')
    expect(data).toMatchObject({ begun: 0, calls: [{ tool, displayName }] })
    return { stream, turnId, id: data.confirmationId }
  }
  const answers = async (id: string, answer: 'confirmed' | 'declined') =>
    expect((await alice.api(`/api/confirmations/${id}`, { method: 'POST', json: { answer } })).status).toBe(204)
  const linesOf = async (turnId: string) =>
    auditLinesOf(await logOf(stack)).filter((line) => 'turnId' in line && line.turnId === turnId)

  test('is not done before the user says yes, and then it is done', async () => {
    const { stream, turnId, id } = await asked()
    await until(async () => (await linesOf(turnId)).some(({ event }) => event === 'confirmation_asked'))
    expect((await linesOf(turnId)).filter(({ event }) => event === 'tool_intended')).toEqual([])
    await answers(id, 'confirmed')
    await stream.answer()
    await until(async () => (await linesOf(turnId)).some(({ event }) => event === 'tool_acted'))
    expect((await linesOf(turnId)).filter(({ event }) => event === 'tool_acted')).toMatchObject([
      { tool, provider, outcome: 'succeeded' },
    ])
  })

  test('is not done when the user says no, and the answer says so', async () => {
    const { stream, turnId, id } = await asked()
    await answers(id, 'declined')
    expect(await stream.answer()).toContain('does not want that done')
    await until(async () => (await linesOf(turnId)).some(({ event }) => event === 'confirmation_declined'))
    expect((await linesOf(turnId)).filter(({ event }) => event === 'tool_intended')).toEqual([])
  })
})
