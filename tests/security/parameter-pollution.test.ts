import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, endsIt } = attacksOn(stack)

type Values = { state: string; session_id: string; others: URLSearchParams }
const encode = encodeURIComponent

/** Queries that two parsers may read differently, and one with an overlong error. */
const ambiguous: [string, (values: Values) => string][] = [
  [
    'both parameters twice',
    ({ state, session_id: id }) => `state=${state}&session_id=${id}&state=${state}&session_id=${id}`,
  ],
  ['as lists', ({ state, session_id: id }) => `state[]=${state}&session_id[]=${id}`],
  ['as indexed lists', ({ state, session_id: id }) => `state[0]=${state}&session_id[0]=${id}`],
  ['as objects', ({ state, session_id: id }) => `state[toString]=${state}&session_id[value]=${id}`],
  ['through the prototype', ({ state, session_id: id }) => `__proto__[state]=${state}&__proto__[session_id]=${id}`],
  ['separated by semicolons', ({ state, session_id: id }) => `state=${state};session_id=${id}`],
  [
    'with names in percent encoding, twice',
    ({ state, session_id: id }) => `%73tate=${state}&state=${state}&session_id=${id}`,
  ],
  ['with names in other cases', ({ state, session_id: id }) => `State=${state}&SESSION_ID=${id}`],
  [
    'with a second, foreign state behind a comma',
    (v) => `state=${v.state},${v.others.get('state')}&session_id=${v.session_id}`,
  ],
  ['with an empty error', ({ state, session_id: id }) => `state=${state}&session_id=${id}&error=`],
  ['with an error twice', ({ state, session_id: id }) => `state=${state}&session_id=${id}&error=a&error=b`],
  ['with an endless error', ({ state, session_id: id }) => `state=${state}&session_id=${id}&error=${'a'.repeat(300)}`],
  ['behind a NUL', ({ state, session_id: id }) => `state=${state}%00&session_id=${id}`],
  ['with broken percent encoding', ({ state, session_id: id }) => `state=%E0%A4%A&session_id=${id}&state=${state}`],
]

test.each(ambiguous)('state and session URI %s bind nothing', async (_name, query) => {
  const [victim, other] = [await waiting(), await waiting()]
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const others = (await other.who.consentUpToReturn(other.startUrl)).searchParams
  const url = new URL(returnUrl)
  url.search = query({
    state: encode(returnUrl.searchParams.get('state') ?? ''),
    session_id: encode(returnUrl.searchParams.get('session_id') ?? ''),
    others,
  })
  expectNotRecognized(await spendsNothing(victim, () => spendsNothing(other, () => victim.who.return(url))))
  await finishes(victim, returnUrl)
})

test('only the cookies identify the user: no parameter and no other header makes another user the victim', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const stranger = await signedIn(stack)
  const cookie = encode(await victim.who.browser.jar.getCookieString(stack.app))
  const owner = victim.id.slice(0, 22)
  const url = new URL(returnUrl)
  for (const name of ['user', 'userId', 'user_id', 'sub', 'owner', 'userSession', 'session', 'cookie', 'browserSecret'])
    url.searchParams.set(name, owner)
  url.search += `&__Host-user-session=${cookie}&__Host-browser-binding=${cookie}`
  const answer = await endsIt(returnUrl, () =>
    stranger.browser.send(url, {
      headers: {
        'x-user-id': owner,
        'x-amzn-oidc-identity': owner,
        'x-forwarded-user': owner,
        authorization: `Bearer ${owner}`,
      },
    }),
  )
  expectNotRecognized(answer)
  await finishes(victim)
})

test('unknown parameters change nothing for the right user', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const url = new URL(returnUrl)
  for (const [name, value] of [
    ['userId', 'somebody-else'],
    ['provider', ANOTHER_FLOW.provider],
    ['iss', 'https://attacker.example'],
    ['return_to', 'https://attacker.example'],
    ['redirect_uri', 'https://attacker.example'],
  ] as const)
    url.searchParams.set(name, value)
  const page = await victim.who.return(url)
  expect(outcomeOf(page)).toBe('bound')
  expect(page.headers.location).toBeUndefined()
  expect(page.body).not.toContain('attacker.example')
  expect(await victim.stream.answer()).toContain(victim.who.username)
})
