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
  ['a browser without a user session', 401, () => somebodyNew(stack)],
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
  expect(await opened(victim.id)).not.toHaveProperty('browserHash')
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
