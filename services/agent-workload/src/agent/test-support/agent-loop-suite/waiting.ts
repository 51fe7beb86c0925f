import type { TurnId } from '@agent-identity/contracts'
import { expect, it } from '@jest/globals'
import { accessThat } from '../agent-harness.ts'
import { type AgentLoopWorld, CALENDAR, GITHUB, token, waiting } from './world.ts'

const BOTH = 'What is on my calendar today and list my repositories'

export function waits(world: AgentLoopWorld): void {
  const { run, vendor } = world

  it('answers without tools when none is needed', async () => {
    const access = accessThat({})
    const answer = await run(access, 'What can you do?')
    expect(answer).toMatchObject({ tools: [], end: { type: 'done' }, ends: 1 })
    expect(answer.text).toContain('list your repositories')
    expect(access.asked).toEqual([])
  })

  it('acts with the token of the user and reports the result', async () => {
    const access = accessThat({ 'google-calendar': token })
    const answer = await run(access, 'What is on my calendar today?')
    expect(answer.text).toContain('Stand-up (09:00)')
    expect(answer.text).not.toContain('Tomorrow')
    expect(answer.tools).toEqual(['list_calendar_events started', 'list_calendar_events succeeded'])
    expect(answer).toMatchObject({ end: { type: 'done' }, ends: 1 })
    expect(access.asked).toEqual([
      {
        provider: 'google-calendar',
        scopes: ['https://www.googleapis.com/auth/calendar.events.readonly'],
        rejected: false,
      },
    ])
  })

  it('suspends without a call to the vendor, and goes on in another runner over the same memory', async () => {
    const access = accessThat({ 'google-calendar': waiting(CALENDAR) })
    const suspended = await run(access, 'What is on my calendar today?')
    expect(suspended).toMatchObject({
      end: { type: 'interrupted', authorizationIds: [CALENDAR] },
      ends: 1,
      tools: ['list_calendar_events started'],
    })
    expect(vendor().calls).toEqual([])

    access.answers['google-calendar'] = token
    const resumed = await run(access)
    expect(resumed).toMatchObject({ end: { type: 'done' }, ends: 1, tools: ['list_calendar_events succeeded'] })
    expect(suspended.text + resumed.text).toBe('Let me see.\n\nOn your calendar today: Stand-up (09:00).')
  })

  it('goes on waiting when it is resumed too early, as often as that happens', async () => {
    const access = accessThat({ 'google-calendar': waiting(CALENDAR) })
    await run(access, 'What is on my calendar today?')
    for (let time = 0; time < 3; time++)
      expect(await run(access)).toMatchObject({
        all: [{ type: 'interrupted', authorizationIds: [CALENDAR] }],
      })
    expect(vendor().calls).toEqual([])
    access.answers['google-calendar'] = token
    expect((await run(access)).text).toContain('Stand-up')
  })

  it('asks for both providers of one question at once, and goes on with each consent as it is given', async () => {
    const access = accessThat({ 'google-calendar': waiting(CALENDAR), github: waiting(GITHUB) })
    const first = await run(access, BOTH)
    expect(first.end).toEqual({ type: 'interrupted', authorizationIds: expect.arrayContaining([CALENDAR, GITHUB]) })

    access.answers.github = token
    const second = await run(access)
    expect(second.end).toEqual({ type: 'interrupted', authorizationIds: [CALENDAR] })
    expect(second.tools).toEqual(['list_repositories succeeded'])

    access.answers['google-calendar'] = token
    const askedBefore = access.asked.length
    const third = await run(access)
    expect(third.text).toContain('Stand-up')
    expect(third.text).toContain('alice/notes')
    expect(third).toMatchObject({ end: { type: 'done' }, tools: ['list_calendar_events succeeded'] })
    expect(access.asked.slice(askedBefore)).toMatchObject([{ provider: 'google-calendar' }])
    expect(vendor().calls.map(({ path }) => path)).toEqual(['/user/repos', expect.stringMatching(/events$/)])
  })

  it('names an authorization once when two tools wait for it', async () => {
    const access = accessThat({ github: waiting(GITHUB) })
    const { end } = await run(access, 'Open an issue titled Typo in alice/notes and list my repositories')
    expect(end).toEqual({ type: 'interrupted', authorizationIds: [GITHUB] })
    expect(access.asked).toHaveLength(2)
  })

  it('lets one provider wait while the other is declined', async () => {
    const access = accessThat({ 'google-calendar': waiting(CALENDAR), github: { outcome: 'declined', code: 'denied' } })
    expect((await run(access, BOTH)).end).toEqual({ type: 'interrupted', authorizationIds: [CALENDAR] })
    access.answers['google-calendar'] = token
    const { text, end } = await run(access)
    expect(text).toContain('Stand-up')
    expect(text).toContain('The user did not allow access to GitHub.')
    expect(end).toEqual({ type: 'done' })
  })

  it('asks for the scope that writing needs, and adds the same event when it runs again', async () => {
    const access = accessThat({ 'google-calendar': waiting(CALENDAR) })
    await run(access, 'Add Lunch at 12:30 to my calendar')
    expect(access.asked).toMatchObject([{ scopes: ['https://www.googleapis.com/auth/calendar.events'] }])
    const suspended = world.memory.value
    access.answers['google-calendar'] = token
    const { text } = await run(access)
    expect(text).toContain('Lunch is on your calendar, today at 12:30.')
    // As if the process had died before it stored the end of the turn.
    world.memory.value = suspended
    await run(access)
    const added = vendor()
      .calls.filter(({ method }) => method === 'POST')
      .map(({ body }) => body)
    expect(added[0]).toMatchObject({
      summary: 'Lunch',
      start: { dateTime: '2026-11-24T12:30:00.000Z', timeZone: 'UTC' },
      end: { dateTime: '2026-11-24T13:30:00.000Z', timeZone: 'UTC' },
    })
    expect(added[1]).toEqual(added[0])
  })

  it('remembers the conversation, and accepts another question after an abandoned turn', async () => {
    const access = accessThat({ github: waiting(GITHUB) })
    await run(access, 'List my repositories')
    access.answers.github = token
    const { text, end } = await run(access, 'Open an issue titled Typo in alice/notes')
    expect(text).toContain('Issue #7, "Typo", is open in alice/notes.')
    expect(end).toEqual({ type: 'done' })
    expect(world.memory.value).toMatch(/List my repositories.*Open an issue/s)
  })

  it('answers once when its work is delivered twice', async () => {
    const access = accessThat({ github: token })
    const turnId = 'the-turn' as TurnId
    const { text, tools } = await run(access, 'Open an issue titled Typo in alice/notes', { turnId })
    const again = { text, tools, end: { type: 'done' }, ends: 1 }
    expect(await run(access, 'Open an issue titled Typo in alice/notes', { turnId })).toMatchObject(again)
    expect(await run(access, undefined, { turnId })).toMatchObject(again)
    expect(vendor().calls).toHaveLength(1)
  })

  it('continues where it was suspended when its start is delivered twice', async () => {
    const access = accessThat({ github: waiting(GITHUB) })
    const turnId = 'the-turn' as TurnId
    await run(access, 'List my repositories', { turnId })
    expect(await run(access, 'List my repositories', { turnId })).toMatchObject({
      all: [{ type: 'interrupted', authorizationIds: [GITHUB] }],
    })
  })

  it('starts with its question when no state of the turn is stored, also in a conversation with earlier turns', async () => {
    const access = accessThat({ github: token })
    const first = await run(access, 'List my repositories')
    // As after a run that died before it stored anything.
    expect(await run(access, 'List my repositories', { turnId: 'another-turn' as TurnId })).toMatchObject({
      text: first.text,
    })
    expect(vendor().calls).toHaveLength(2)
  })

  it('does not put a token into its text or its state', async () => {
    const access = accessThat({ 'google-calendar': waiting(CALENDAR), github: waiting(GITHUB) })
    const seen: unknown[] = []
    const keep = async (question?: string) => {
      seen.push((await run(access, question)).all, world.memory.value)
    }
    await keep(BOTH)
    Object.assign(access.answers, { 'google-calendar': token, github: token })
    await keep()
    await keep('Add Lunch at 12:30 to my calendar')
    access.answers.github = { outcome: 'token', accessToken: 'vendor-secret-stale' }
    access.answers['github rejected'] = { outcome: 'token', accessToken: 'vendor-secret-stale' }
    await keep('Open an issue titled Typo in alice/notes')
    expect(
      vendor()
        .calls.map(({ authorization }) => authorization)
        .join(),
    ).toContain('vendor-secret')
    expect(JSON.stringify(seen)).toContain('Stand-up')
    expect(JSON.stringify(seen)).not.toContain('vendor-secret')
  })
}
