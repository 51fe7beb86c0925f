import { beforeAll, describe, expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized } from '../support/attack.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes } = attacksOn(stack)

const sessionUriOf = (url: URL) => url.searchParams.get('session_id') ?? ''

describe('a return, by the right user in the right browser with the right state, whose session URI', () => {
  let others: string
  beforeAll(async () => {
    const other = await waiting()
    others = sessionUriOf(await other.who.consentUpToReturn(other.startUrl))
  })

  const sessionUris: [string, (right: { sessionUri: string; own: string }) => string[]][] = [
    ['is missing', () => []],
    ['is empty', () => ['']],
    ['is the one of another pending authorization of the same user', ({ own }) => [own]],
    ['is the one of another user', () => [others]],
    ['is cut by one character', ({ sessionUri }) => [sessionUri.slice(0, -1)]],
    ['is longer by one character', ({ sessionUri }) => [`${sessionUri}A`]],
    ['is longer than any', ({ sessionUri }) => [sessionUri + 'A'.repeat(1_024)]],
    ['is in capitals', ({ sessionUri }) => [sessionUri.toUpperCase()]],
    ['is a URL', () => ['https://attacker.example/']],
    ['is there twice', ({ sessionUri }) => [sessionUri, sessionUri]],
    ['is there twice, once foreign', ({ sessionUri }) => [others, sessionUri]],
  ]

  test.each(sessionUris)('%s binds nothing, and the right one does', async (_name, values) => {
    const who = await signedIn(stack)
    const [victim, calendar] = [await waiting(who), await waiting(who, ANOTHER_FLOW.question)]
    const returnUrl = await who.consentUpToReturn(victim.startUrl)
    const calendarUrl = await who.consentUpToReturn(calendar.startUrl)
    const url = new URL(returnUrl)
    url.searchParams.delete('session_id')
    for (const value of values({ sessionUri: sessionUriOf(returnUrl), own: sessionUriOf(calendarUrl) }))
      url.searchParams.append('session_id', value)
    expectNotRecognized(await spendsNothing(victim, () => spendsNothing(calendar, () => who.return(url))))
    await finishes(victim, returnUrl)
  })

  test('is another one, in the return of a denied consent, ends nothing', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const url = new URL(returnUrl)
    url.searchParams.set('session_id', others)
    url.searchParams.set('error', 'access_denied')
    expectNotRecognized(await spendsNothing(victim, () => victim.who.return(url)))
    await finishes(victim, returnUrl)
  })
})

test('two pending authorizations of one user, with their session URIs exchanged, bind nothing; each its own does', async () => {
  const who = await signedIn(stack)
  const [github, calendar] = [await waiting(who), await waiting(who, ANOTHER_FLOW.question)]
  const [githubs, calendars] = [
    await who.consentUpToReturn(github.startUrl),
    await who.consentUpToReturn(calendar.startUrl),
  ]
  const exchanged = [new URL(githubs), new URL(calendars)] as const
  exchanged[0].searchParams.set('session_id', sessionUriOf(calendars))
  exchanged[1].searchParams.set('session_id', sessionUriOf(githubs))
  for (const url of exchanged)
    expectNotRecognized(await spendsNothing(github, () => spendsNothing(calendar, () => who.return(url))))
  await finishes(calendar, calendars)
  await finishes(github, githubs)
  expect(github.stream.events.filter(({ event }) => event === 'authorization_completed')).toHaveLength(1)
})
