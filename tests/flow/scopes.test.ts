import { describe, expect, test } from '@jest/globals'
import type { Answer } from '../support/http-browser.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { emulatorOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const CALENDAR = 'https://www.googleapis.com/auth/calendar.events'
const WRITING = 'Add, change and remove events in your calendars'
const ADD = 'Add Lunch at 12:30 to my calendar'
const TODAY = 'What is on my calendar today?'

async function rowOf(who: Person, provider: string) {
  const list = JSON.parse((await who.api('/api/connections')).body) as {
    provider: string
    status: string
    scopes: string[]
    missing?: string[]
  }[]
  return list.find((row) => row.provider === provider)
}

async function allowOnlyReading(who: Person, startUrl: string): Promise<void> {
  const page: Answer = await who.start(startUrl)
  expect(page.body).toContain(`name="allow ${CALENDAR}"`)
  const form = { decision: 'authorize', boxes: 'shown', [`allow ${CALENDAR}.readonly`]: 'yes' }
  expect(outcomeOf(await who.browser.submit(page, form))).toBe('bound')
}

const askedIn = (stream: { events: { event: string }[] }) =>
  stream.events.filter(({ event }) => event === 'authorization_required').length

describe('a user who leaves a scope out at the vendor', () => {
  test('is asked for it once more, is told what is missing, and uses what they granted', async () => {
    const who = await signedIn(stack)
    const count = await emulatorOf(stack).counting()
    const { stream } = await who.ask(ADD)
    const first = await stream.next('authorization_required')
    expect(first.data.missing).toBeUndefined()
    await allowOnlyReading(who, first.data.startUrl)
    const second = await stream.next('authorization_required', [first as never])
    expect(second.data.missing).toEqual([WRITING])
    await allowOnlyReading(who, second.data.startUrl)
    expect(await stream.answer()).toContain(`did not give this permission at Google Calendar: ${WRITING}`)
    expect([askedIn(stream), await count('CompleteResourceTokenAuth')]).toEqual([2, 2])
    expect(await rowOf(who, 'google-calendar')).toMatchObject({
      status: 'missing_scopes',
      missing: [WRITING],
      scopes: ['See your e-mail address', 'See the events in your calendars'],
    })

    const read = await who.ask(TODAY)
    expect(await read.stream.answer()).toContain(`Meeting of ${who.username}`)
    expect(askedIn(read.stream)).toBe(0)
    expect(await rowOf(who, 'google-calendar')).toMatchObject({ status: 'missing_scopes' })

    // Each further turn that needs the scope asks for it once.
    const again = await who.ask(ADD)
    await allowOnlyReading(who, (await again.stream.next('authorization_required')).data.startUrl)
    expect(await again.stream.answer()).toContain('did not give this permission')
    expect(askedIn(again.stream)).toBe(1)
    const third = await who.askConsenting(ADD)
    expect(await third.stream.answer()).toContain('Lunch is on your calendar')
    expect((await rowOf(who, 'google-calendar'))?.status).toBe('connected')
    expect((await rowOf(who, 'google-calendar'))?.missing).toBeUndefined()
  })
})

test('GitHub gives no access to private repositories, and none to write, until it is wanted', async () => {
  const who = await signedIn(stack)
  const { stream } = await who.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const page = await who.start(data.startUrl)
  expect([...page.body.matchAll(/<code>(.*?)<\/code>/g)].map(([, scope]) => scope)).toEqual(['read:user'])
  expect(outcomeOf(await who.decide(page, 'authorize'))).toBe('bound')
  const listed = await stream.answer()
  expect(listed).toContain(`repo-of-${who.username}`)
  expect(listed).not.toContain('private-of-')

  const open = await who.ask(`Open an issue titled Typo in ${who.username}/repo-of-${who.username}`)
  const more = (await open.stream.next('authorization_required')).data
  expect(more.scopes).toEqual([
    'Read and write your public repositories and their issues',
    'Read your profile and your public repositories',
  ])
  await who.connect(more.startUrl)
  expect(await open.stream.answer()).toContain('"Typo", is open')

  // A private repository is not found, and that is no reason to ask for more.
  const hidden = await who.ask(`Open an issue titled Typo in ${who.username}/private-of-${who.username}`)
  expect(await hidden.stream.answer()).toContain('does not know that, or the user may not see it')
  expect(askedIn(hidden.stream)).toBe(0)

  const all = await who.askConsenting('List my private repositories')
  expect(await all.stream.answer()).toContain(`private-of-${who.username}`)
  // All scopes are granted now.
  const last = await who.ask(
    `Open an issue titled Typo in my private repository ${who.username}/private-of-${who.username}`,
  )
  expect(await last.stream.answer()).toContain('"Typo", is open')
  expect(askedIn(last.stream)).toBe(0)
  expect((await rowOf(who, 'github'))?.status).toBe('connected')
})
