import { randomToken } from '@agent-identity/service-runtime'
import { beforeAll, describe, test } from '@jest/globals'
import { attacksOn, expectNotRecognized } from '../support/attack.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes } = attacksOn(stack)

const stateOf = (url: URL) => url.searchParams.get('state') ?? ''
const secretOf = (state: string) => state.slice(state.lastIndexOf('.') + 1)

describe('a return, by the right user in the right browser, whose state', () => {
  let others: string
  beforeAll(async () => {
    const other = await waiting()
    others = stateOf(await other.who.consentUpToReturn(other.startUrl))
  })

  const states: [string, (right: { id: string; state: string; own: string }) => string[]][] = [
    ['is missing', () => []],
    ['is empty', () => ['']],
    ['is cut by one character', ({ state }) => [state.slice(0, -1)]],
    ['is longer by one character', ({ state }) => [`${state}A`]],
    ['has a newline at its end', ({ state }) => [`${state}\n`]],
    ['has a space in front', ({ state }) => [` ${state}`]],
    ['is the authorization’s id alone', ({ id }) => [id]],
    ['has another secret', ({ id }) => [`${id}.${randomToken(32)}`]],
    ['differs in its last character', ({ state }) => [state.slice(0, -1) + (state.endsWith('A') ? 'Q' : 'A')]],
    ['is in capitals', ({ state }) => [state.toUpperCase()]],
    ['is the one of another user', () => [others]],
    ['is the one of another authorization of the same user', ({ own }) => [own]],
    ['has the secret of another user', ({ id }) => [`${id}.${secretOf(others)}`]],
    ['has the secret of another authorization of the same user', ({ id, own }) => [`${id}.${secretOf(own)}`]],
    [
      'names a record that does not exist',
      ({ id, state }) => [`${id.slice(0, 23)}${randomToken(16)}.${secretOf(state)}`],
    ],
    ['is there twice', ({ state }) => [state, state]],
    ['is there twice, once foreign', ({ state }) => [state, others]],
    ['climbs out of its key', ({ id, state }) => [`${id.slice(0, 22)}:*.${secretOf(state)}`]],
  ]

  test.each(states)('%s binds nothing, and the right one does', async (_name, values) => {
    const who = await signedIn(stack)
    const [victim, calendar] = [await waiting(who), await waiting(who, ANOTHER_FLOW.question)]
    const returnUrl = await who.consentUpToReturn(victim.startUrl)
    const own = stateOf(await who.consentUpToReturn(calendar.startUrl))
    const url = new URL(returnUrl)
    url.searchParams.delete('state')
    for (const value of values({ id: victim.id, state: stateOf(returnUrl), own }))
      url.searchParams.append('state', value)
    expectNotRecognized(await spendsNothing(victim, () => spendsNothing(calendar, () => who.return(url))))
    await finishes(victim, returnUrl)
  })
})
