import { holdAtDoor } from '../browser/hold-at-door.ts'
import { passAuthorizationServer } from '../browser/pass-authorization-server.ts'
import { outcomeOf, type Visitor } from '../browser/visitor.ts'
import type { User } from '../people/user.ts'
import type { Row } from '../report/row.ts'
import { flowRow } from './flow-row.ts'
import { askAndWait } from './waiting.ts'

const NOT_RECOGNIZED = '403 not_recognized'
const REFUSED = 'refused, and not sent on'

export interface Actors {
  victim: Visitor
  user: User
  /** Another user, signed in. */
  attacker: Visitor
  /** Opens a browser without a user session. */
  open(): Promise<Visitor>
}

/**
 * The rightful user's browser is held before the return URL while this URL and variants of it are tried. Then the held browser continues, and
 * must bind.
 *
 * @param rows each result is added as soon as it is known
 */
export async function attacks(
  { victim, user, attacker, open }: Actors,
  displayName: string,
  rows: Row[],
): Promise<{ authorizationId: string }> {
  const { authorizationId, startUrl, answer } = await askAndWait(victim, displayName)
  const { origin } = new URL(startUrl)

  const add = (...row: Parameters<typeof flowRow>) => rows.push(flowRow(...row))
  const said = async (visitor: Visitor, url: string) => {
    const { status, outcome, page } = await visitor.openTab(url)
    await page.close()
    return `${status} ${outcome}`
  }

  const start = await attacker.openTab(startUrl)
  const stayed = new URL(start.page.url()).origin === origin && start.status >= 400
  add(
    'start-by-another-user',
    'Another user opens the link that starts the consent',
    REFUSED,
    stayed ? REFUSED : 'sent on',
  )
  const tab = await victim.context.newPage()
  const { held: holding } = await holdAtDoor(tab, `${origin}/oauth2/session-binding`)
  // The call may reach its time limit during the attacks; the navigation goes on.
  tab.goto(startUrl).catch(() => {})
  await passAuthorizationServer(tab, user, holding)
  const held = await holding

  const anonymous = await open()
  const elsewhere = await open()
  await elsewhere.signIn(user)
  const returns: [id: string, assumption: string, expected: string, visitor: Visitor, url: string][] = [
    ['return-by-another-user', 'Another user opens the return URL', NOT_RECOGNIZED, attacker, held.url],
    ['return-in-another-browser', 'The same user opens it in another browser', NOT_RECOGNIZED, elsewhere, held.url],
    ['return-not-signed-in', 'A browser without a user session opens it', '401 not_signed_in', anonymous, held.url],
    [
      'tampered-state',
      'The right browser opens it with another state',
      NOT_RECOGNIZED,
      victim,
      changed(held.url, 'state'),
    ],
    [
      'missing-state',
      'The right browser opens it without the state',
      NOT_RECOGNIZED,
      victim,
      changed(held.url, 'state', ''),
    ],
    [
      'tampered-session',
      'The right browser opens it with another session URI',
      NOT_RECOGNIZED,
      victim,
      changed(held.url, 'session_id'),
    ],
  ]
  for (const [id, assumption, expected, visitor, url] of returns)
    add(id, assumption, expected, await said(visitor, url))

  await held.letThrough()
  await tab.locator('main[data-outcome]').waitFor()
  const outcome = await outcomeOf(tab)
  const finished = (await answer).includes(user.email) ? `${outcome}, and answered` : `${outcome}, and not answered`
  add('rightful-user-finishes', 'After all of these the rightful user goes on', 'bound, and answered', finished)
  add('replay', 'The same browser opens the return URL again', '200 already_bound', await said(victim, held.url))
  add(
    'replay-by-another-user',
    'Another user opens it after it was used',
    NOT_RECOGNIZED,
    await said(attacker, held.url),
  )
  await Promise.all([anonymous.close(), elsewhere.close(), tab.close()])
  return { authorizationId }
}

/** @param value default: the parameter's own with the last character changed; empty: the parameter is left out */
function changed(address: string, parameter: string, value?: string): string {
  const url = new URL(address)
  const own = url.searchParams.get(parameter) ?? ''
  if (value === '') url.searchParams.delete(parameter)
  else url.searchParams.set(parameter, value ?? `${own.slice(0, -1)}${own.endsWith('A') ? 'B' : 'A'}`)
  return url.href
}
