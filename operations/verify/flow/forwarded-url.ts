import { type Trip, travel } from '../browser/travel.ts'
import type { Visitor } from '../browser/visitor.ts'
import type { Row } from '../report/row.ts'
import type { Actors, Consents } from './attacks.ts'
import { askAndWait } from './waiting.ts'

const EXPECTED = 'refused'

/**
 * An attacker sends another user their own authorization URL, to bind that user's account to themselves. AgentCore refuses one of the two trips, or the
 * return does: when both come back, and the attacker's is bound, its token may be the other user's.
 */
export async function forwardUrl(
  { victim, user, another, open }: Omit<Actors, 'attacker'>,
  displayName: string,
  rows: Row[],
): Promise<Consents> {
  const asked: string[] = []
  const bound: string[] = []

  async function attack(id: string, assumption: string, trips: Trips): Promise<void> {
    const attacker = await open()
    await attacker.signIn(another)
    const { startUrl, authorizationId } = await askAndWait(attacker, displayName)
    const url = await authorizationUrlOf(attacker, startUrl)
    const callback = `${new URL(url).origin}/identities/oauth2/callback/*`
    const { own, theirs } = await trips({
      ofAttacker: () => travel(attacker, url, another),
      ofVictim: (door) => travel(victim, url, user, door === 'callback' ? callback : undefined),
    })
    const outcomes = [await theirs?.goOn(), await own?.goOn()]
    await Promise.all([theirs?.close(), attacker.close()])
    asked.push(authorizationId)
    if (outcomes[1] === 'bound') bound.push(authorizationId)
    rows.push(rowOf(id, assumption, outcomes))
  }

  await attack(
    'forwarded-url-after-return',
    'A user opens the authorization URL that another user has already come back from, before that user’s return is bound',
    async ({ ofAttacker, ofVictim }) => ({ own: await ofAttacker(), theirs: await ofVictim('return') }),
  )
  await attack(
    'forwarded-url-at-once',
    'Two users have one authorization URL open at once, and the older trip comes back after the newer one',
    async ({ ofAttacker, ofVictim }) => {
      const theirs = await ofVictim('callback')
      return { theirs, own: await ofAttacker() }
    },
  )
  return { asked, bound }
}

type Trips = (travels: {
  ofAttacker(): Promise<Trip | undefined>
  ofVictim(door: 'callback' | 'return'): Promise<Trip | undefined>
}) => Promise<Record<'own' | 'theirs', Trip | undefined>>

function rowOf(id: string, assumption: string, [theirs, own]: readonly (string | undefined)[]): Row {
  const isBound = theirs === 'bound' || (theirs !== undefined && own === 'bound')
  const by = theirs === undefined || own === undefined ? 'AgentCore' : 'the return'
  return {
    id,
    kind: 'flow',
    assumption,
    expected: EXPECTED,
    seen: isBound ? 'both came back, and one was bound' : `refused by ${by}`,
    verdict: isBound ? 'contradicted' : 'holds',
  }
}

/** As the attacker learns it: the app sends the browser there. */
async function authorizationUrlOf({ context }: Visitor, startUrl: string): Promise<string> {
  const { location } = (await context.request.get(startUrl, { maxRedirects: 0 })).headers()
  if (!location) throw new Error('The start link led nowhere.')
  return new URL(location, startUrl).href
}
