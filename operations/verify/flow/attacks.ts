import { BROWSER_BINDING_COOKIE } from '@agent-identity/contracts'
import { type Trip, travel } from '../browser/travel.ts'
import type { Visitor } from '../browser/visitor.ts'
import type { User } from '../people/user.ts'
import type { Row } from '../report/row.ts'
import { flowRow } from './flow-row.ts'
import { askAndWait, type Waiting } from './waiting.ts'

const NOT_RECOGNIZED = '403 not_recognized'
const REFUSED = 'refused, and not sent on'
const ANOTHER_SITE = 'https://another-site.example/'

export interface Actors {
  victim: Visitor
  user: User
  /** Another user, signed in. */
  attacker: Visitor
  another: User
  /** Opens a browser without a user session. */
  open(): Promise<Visitor>
}

/** Ids of authorizations. */
export interface Consents {
  asked: readonly string[]
  bound: readonly string[]
}

/**
 * The rightful user's browser is held before the return URL while this URL, or variants of it, are tried. Then the held browser continues, or the
 * user opens the link again, and must bind.
 *
 * @param rows each result is added as soon as it is known
 */
export async function attacks(
  { victim, user, attacker, open }: Actors,
  displayName: string,
  rows: Row[],
): Promise<Consents> {
  const asked: string[] = []
  const bound: string[] = []
  const finished: string[] = []
  const add = (...row: Parameters<typeof flowRow>) => rows.push(flowRow(...row))
  const said = async (visitor: Visitor, url: string) => {
    const { status, outcome, page } = await visitor.openTab(url)
    await page.close()
    return `${status} ${outcome}`
  }
  const ask = async () => {
    const waiting = await askAndWait(victim, displayName)
    asked.push(waiting.authorizationId)
    return waiting
  }
  const leave = async ({ startUrl }: Waiting) => {
    const trip = await travel(victim, startUrl, user)
    if (!trip) throw new Error('The rightful user was refused on the way to the return URL.')
    return trip
  }
  /** @param mayStartAgain where an attack may have ended the start: the user opens the same link again */
  const finish = async (trip: Trip, waiting: Waiting, mayStartAgain = false): Promise<void> => {
    const outcome = await trip.goOn()
    await trip.close()
    if (outcome === 'not_recognized' && mayStartAgain) return finish(await leave(waiting), waiting)
    if (outcome === 'bound') bound.push(waiting.authorizationId)
    // A turn whose authorization is still open would wait for it.
    const isOver = outcome === 'bound' || outcome === 'already_bound'
    const isAnswered = isOver && (await waiting.answer).includes(user.email)
    finished.push(`${outcome}, and ${isAnswered ? 'answered' : 'not answered'}`)
  }

  const first = await ask()
  add(
    'start-by-another-user',
    'Another user opens the link that starts the consent',
    REFUSED,
    await sent(attacker, first),
  )
  add(
    'start-from-another-site',
    "Another site's page sends the rightful user's browser to it",
    REFUSED,
    await sent(victim, first, ANOTHER_SITE),
  )
  const trip = await leave(first)
  const changes: [id: string, assumption: string, url: string][] = [
    ['tampered-state', 'The right browser opens it with another state', changed(trip.url, 'state')],
    ['missing-state', 'The right browser opens it without the state', changed(trip.url, 'state', '')],
    ['tampered-session', 'The right browser opens it with another session URI', changed(trip.url, 'session_id')],
  ]
  for (const [id, assumption, url] of changes) add(id, assumption, NOT_RECOGNIZED, await said(victim, url))
  await finish(trip, first)
  add('replay', 'The same browser opens the return URL again', '200 already_bound', await said(victim, trip.url))
  add(
    'replay-by-another-user',
    'Another user opens it after it was used',
    NOT_RECOGNIZED,
    await said(attacker, trip.url),
  )

  const [anonymous, elsewhere, thief] = [await open(), await open(), await open()]
  await elsewhere.signIn(user)
  const cookies = await victim.cookies()
  await thief.context.addCookies(cookies.filter(({ name }) => name !== BROWSER_BINDING_COOKIE))
  const wrongPlaces: [id: string, assumption: string, expected: string, visitor: Visitor][] = [
    ['return-by-another-user', 'Another user opens the return URL', NOT_RECOGNIZED, attacker],
    ['return-in-another-browser', 'The same user opens it in another browser', NOT_RECOGNIZED, elsewhere],
    [
      'return-with-a-stolen-cookie',
      "A browser that has only the cookie of the rightful user's session opens it",
      NOT_RECOGNIZED,
      thief,
    ],
    ['return-not-signed-in', 'A browser without a user session opens it', '401 not_signed_in', anonymous],
  ]
  // A consent for each: a return with the right state and session URI may end the trip.
  for (const [id, assumption, expected, visitor] of wrongPlaces) {
    const waiting = await ask()
    const itsTrip = await leave(waiting)
    add(id, assumption, expected, await said(visitor, itsTrip.url))
    await finish(itsTrip, waiting, true)
  }
  add(
    'rightful-user-finishes',
    'After each of these the rightful user goes on',
    'bound, and answered',
    [...new Set(finished)].join('; '),
  )
  await Promise.all([anonymous.close(), elsewhere.close(), thief.close()])
  return { asked, bound }
}

/** @param from the page that has the link; absent: the address is typed */
async function sent(visitor: Visitor, { startUrl }: Waiting, from?: string): Promise<string> {
  const page = await visitor.context.newPage()
  const follow = async () => {
    if (!from) return page.goto(startUrl)
    // No request leaves the browser.
    await page.route(from, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<a href="${startUrl}">Go on</a>` }),
    )
    await page.goto(from)
    return Promise.all([page.waitForEvent('load'), page.getByRole('link').click({ noWaitAfter: true })])
  }
  const [answer] = await Promise.all([page.waitForResponse(startUrl), follow()])
  await page.close()
  return answer.status() >= 400 ? REFUSED : 'sent on'
}

/** @param value default: the parameter's own with the last character changed; empty: the parameter is left out */
function changed(address: string, parameter: string, value?: string): string {
  const url = new URL(address)
  const own = url.searchParams.get(parameter) ?? ''
  if (value === '') url.searchParams.delete(parameter)
  else url.searchParams.set(parameter, value ?? `${own.slice(0, -1)}${own.endsWith('A') ? 'B' : 'A'}`)
  return url.href
}
