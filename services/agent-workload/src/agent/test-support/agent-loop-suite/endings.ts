import { expect, it } from '@jest/globals'
import { MODEL_CALLS_PER_RUN } from '../../agent-loop.ts'
import type { Reply } from '../../scripted/scripted-reply.ts'
import { accessThat, collectingLog } from '../agent-harness.ts'
import { type AgentLoopWorld, CALENDAR, token, waiting } from './world.ts'

export function ends(world: AgentLoopWorld): void {
  const { run, vendor } = world

  it('tells the model why a tool has no result, and ends', async () => {
    const answer = await run(accessThat({ github: { outcome: 'declined', code: 'denied' } }), 'List my repositories')
    expect(answer.text).toContain('I am sorry. The user did not allow access to GitHub.')
    expect(answer).toMatchObject({ end: { type: 'done' }, ends: 1 })
    expect(answer.tools).toEqual(['list_repositories started', 'list_repositories failed'])
  })

  it('does not call the model again when the user has signed out, and leaves a conversation that can go on', async () => {
    const access = accessThat({ github: { outcome: 'signed-out' } })
    const answer = await run(access, 'List my repositories')
    expect(answer).toMatchObject({ end: { type: 'failed', code: 'signed_out' }, ends: 1, text: 'Let me see.' })
    access.answers.github = token
    expect((await run(access, 'List my repositories')).text).toContain('alice/notes')
  })

  it('ends as signed out even if another tool would wait', async () => {
    const access = accessThat({ github: { outcome: 'signed-out' }, 'google-calendar': waiting(CALENDAR) })
    const { end } = await run(access, 'What is on my calendar today and list my repositories')
    expect(end).toEqual({ type: 'failed', code: 'signed_out' })
    expect((await run(access, 'What can you do?')).end).toEqual({ type: 'done' })
  })

  it('offers the tools of providers that are switched on and no others', async () => {
    const { text, tools } = await run(accessThat({ github: token }), 'List my repositories', {
      offered: ['google-calendar'],
    })
    expect(tools).toEqual([])
    expect(text).toContain('I cannot do that here.')
    expect(text).not.toContain('repositories')
  })

  it('passes on errors of the access port, and drops the run', async () => {
    const superseded = Object.assign(new Error('superseded'), { name: 'SupersededError' })
    const access = accessThat({ github: () => Promise.reject(superseded) })
    await expect(run(access, 'List my repositories')).rejects.toBe(superseded)
    expect(world.memory.value).toBeUndefined()
  })

  it('stops when it is aborted, and drops the run', async () => {
    const abort = new AbortController()
    vendor().answer({
      'GET /user/repos': () => {
        abort.abort(new Error('the process stops'))
        return 'silence'
      },
    })
    const stopped = run(accessThat({ github: token }), 'List my repositories', { signal: abort.signal })
    await expect(stopped).rejects.toThrow('the process stops')
    expect(world.memory.value).toBeUndefined()
  })

  it('stops a model that loops', async () => {
    let calls = 0
    const reply: Reply = () => ({ text: `Once more, ${++calls}. `, calls: [{ name: 'list_repositories', input: {} }] })
    const answer = await run(accessThat({ github: token }), 'List my repositories', { reply })
    expect(calls).toBe(MODEL_CALLS_PER_RUN)
    expect(answer).toMatchObject({ end: { type: 'failed', code: 'turn_failed' }, ends: 1 })
    expect((await run(accessThat({}), 'What can you do?')).end).toEqual({ type: 'done' })
  })

  it('ends as failed when the model does not answer, and leaves a conversation that can go on', async () => {
    const { log, lines } = collectingLog()
    const reply: Reply = () => {
      throw new Error('the model is away')
    }
    const answer = await run(accessThat({}), 'What can you do?', { reply, log })
    expect(answer.all).toMatchObject([{ type: 'failed' }])
    expect(lines.join()).toContain('the agent failed')
    expect((await run(accessThat({}), 'What can you do?')).end).toEqual({ type: 'done' })
  })

  it('continues when the model calls an unknown tool, or with an invalid input', async () => {
    const reply: Reply = (last) =>
      'results' in last
        ? { text: last.results.map((result) => ('failure' in result ? 'no' : 'yes')).join(), calls: [] }
        : {
            text: '',
            calls: [
              { name: 'a_tool_of_tomorrow', input: {} },
              { name: 'open_issue', input: { titel: 'Typo' } },
            ],
          }
    const answer = await run(accessThat({ github: token }), 'Open an issue', { reply })
    expect(answer).toMatchObject({ text: 'no,no', end: { type: 'done' } })
    expect(answer.tools.join()).not.toContain('tomorrow')
    expect(vendor().calls).toEqual([])
  })
}
