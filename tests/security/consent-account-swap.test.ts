import { test } from '@jest/globals'
import { attacksOn, expectNotRecognized } from '../support/attack.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes } = attacksOn(stack)

async function twoConsents() {
  const [victim, attacker] = [await waiting(), await waiting()]
  const victims = await victim.who.consentUpToReturn(victim.startUrl)
  const attackers = await attacker.who.consentUpToReturn(attacker.startUrl)
  return { victim, victims, attacker, attackers }
}

function mixed(sessionUriFrom: URL, stateFrom: URL): URL {
  const url = new URL(stateFrom)
  url.searchParams.set('session_id', sessionUriFrom.searchParams.get('session_id') ?? '')
  return url
}

test('the attacker’s whole return URL, opened in the victim’s browser, connects no account', async () => {
  const { victim, victims, attacker, attackers } = await twoConsents()
  expectNotRecognized(await endsIt(attackers, () => victim.who.return(attackers)))
  await finishes(victim, victims)
  await finishes(attacker)
})

test('the attacker’s consent under the victim’s state does not connect the attacker’s account to the victim', async () => {
  const { victim, victims, attacker, attackers } = await twoConsents()
  const swapped = mixed(attackers, victims)
  expectNotRecognized(await spendsNothing(victim, () => spendsNothing(attacker, () => victim.who.return(swapped))))
  await finishes(victim, victims)
})

test('the victim’s consent under the attacker’s state does not connect the victim’s account to the attacker', async () => {
  const { victim, victims, attacker, attackers } = await twoConsents()
  const swapped = mixed(victims, attackers)
  expectNotRecognized(await spendsNothing(victim, () => spendsNothing(attacker, () => attacker.who.return(swapped))))
  await finishes(attacker, attackers)
  await finishes(victim, victims)
})
