import { BROWSER_BINDING_COOKIE } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn, inAnotherBrowser, type Waiting } from '../support/attack.ts'
import type { Person } from '../support/person.ts'
import { signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, opened } = attacksOn(stack)

/** Users who got the start link, and the status that they get. */
const strangers: [string, number, (victim: Waiting) => Promise<Person>][] = [
  ['another user', 404, () => signedIn(stack)],
  ['another user who waits for a consent of their own', 404, async () => (await waiting()).who],
  ['the user in another user session', 404, ({ who }) => inAnotherBrowser(who)],
]

test.each(strangers)('%s who opens the start link gets no authorization URL', async (_who, status, stranger) => {
  const victim = await waiting()
  const other = await stranger(victim)
  for (const from of [undefined, new URL(stack.app)]) {
    const answer = await spendsNothing(victim, () =>
      other.browser.navigate(new URL(victim.startUrl, stack.app), from ? { from } : {}),
    )
    expect([answer.status, answer.headers.location]).toEqual([status, undefined])
    expect(JSON.stringify(answer.headers)).not.toContain(BROWSER_BINDING_COOKIE)
    expect(answer.body).not.toContain('request_uri')
  }
  expect(await opened(victim.id)).toEqual({})
  await finishes(victim)
})

test('a browser without a user session who opens the start link is led to the sign-in, and gets no authorization URL', async () => {
  const victim = await waiting()
  const other = await somebodyNew(stack)
  const url = new URL(victim.startUrl, stack.app)
  const page = { headers: { accept: 'text/html', 'sec-fetch-dest': 'document' } }
  const answer = await spendsNothing(victim, () => other.browser.send(url, page))
  expect([answer.status, answer.headers.location]).toEqual([
    302,
    `/auth/sign-in?${new URLSearchParams({ return_to: victim.startUrl })}`,
  ])
  expect(JSON.stringify(answer.headers)).not.toContain(BROWSER_BINDING_COOKIE)
  // What fetches it without showing it is refused.
  for (const headers of [{ accept: 'application/json' }, { accept: 'text/html', 'sec-purpose': 'prefetch' }])
    expect((await spendsNothing(victim, () => other.browser.send(url, { headers }))).status).toBe(401)
  await finishes(victim)
})

test('a browser that fetches the link ahead of its user starts nothing', async () => {
  const victim = await waiting()
  const headers = { accept: 'text/html', 'sec-fetch-site': 'none', 'sec-purpose': 'prefetch' }
  const answer = await spendsNothing(victim, () => victim.who.api(victim.startUrl, { headers }))
  expect([answer.status, answer.headers.location]).toEqual([403, undefined])
  await finishes(victim)
})

test('another user who cancels the authorization gets 404, and it stays pending', async () => {
  const victim = await waiting()
  const other = await signedIn(stack)
  const path = `/api/authorizations/${victim.id}`
  const answer = await spendsNothing(victim, () => other.api(path, { method: 'DELETE' }))
  expect(answer.status).toBe(404)
  await finishes(victim)
})
