import { randomToken } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, type Waiting } from '../support/attack.ts'
import type { Person } from '../support/person.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes } = attacksOn(stack)
const isReturn = (url: URL) => url.pathname === '/oauth2/session-binding'

async function authorizationUrlOf({ who, startUrl }: Waiting): Promise<URL> {
  const handedOver = await who.browser.navigate(new URL(startUrl, stack.app), {
    from: new URL(stack.app),
    until: (url) => url.origin === stack.agentcoreIdentity,
  })
  return handedOver.url
}

/** The victim follows the attacker's link and consents with their own account. */
async function consentsAt(victim: Person, authorizationUrl: URL): Promise<{ returnUrl: URL; addresses: URL[] }> {
  const addresses: URL[] = []
  const watch = (url: URL) => {
    addresses.push(url)
    return isReturn(url)
  }
  const form = await victim.browser.navigate(authorizationUrl, { until: watch })
  const page = await victim.browser.submit(form, { username: victim.username, password: victim.password })
  const end = await victim.browser.submit(page, { decision: 'authorize' }, { until: watch })
  return { returnUrl: end.url, addresses }
}

test('a victim who consents at the attacker’s authorization URL is not connected to anyone', async () => {
  const attacker = await waiting()
  const victim = await waiting()
  const authorizationUrl = await authorizationUrlOf(attacker)
  const { returnUrl } = await consentsAt(victim.who, authorizationUrl)
  expect(isReturn(returnUrl)).toBe(true)

  // AgentCore returns the victim's browser, which is not the browser that asked.
  expectNotRecognized(await endsIt(returnUrl, () => victim.who.return(returnUrl)))
  // What the victim's browser has come back with is worth nothing any more.
  expectNotRecognized(await endsIt(returnUrl, () => attacker.who.return(returnUrl)))
  await finishes(victim)
  await finishes(attacker)
})

test('the attacker’s knowledge of their own authorization does not finish it after the victim’s consent', async () => {
  const attacker = await waiting()
  const victim = await signedIn(stack)
  const authorizationUrl = await authorizationUrlOf(attacker)
  const { returnUrl, addresses } = await consentsAt(victim, authorizationUrl)
  const state = returnUrl.searchParams.get('state') ?? ''
  const secret = state.slice(state.lastIndexOf('.') + 1)
  expect(secret).toHaveLength(43)

  // The secret of the state appears in the return, and not before.
  expect(authorizationUrl.searchParams.get('request_uri')).toBe(returnUrl.searchParams.get('session_id'))
  for (const address of [authorizationUrl, ...addresses.filter((url) => !isReturn(url))])
    expect(decodeURIComponent(address.href)).not.toContain(secret)
  expect(JSON.stringify([attacker.stream.text, attacker.startUrl])).not.toContain(secret)

  for (const guess of [undefined, '', attacker.id, `${attacker.id}.${randomToken(32)}`]) {
    const url = new URL(returnUrl)
    if (guess === undefined) url.searchParams.delete('state')
    else url.searchParams.set('state', guess)
    expectNotRecognized(await spendsNothing(attacker, () => attacker.who.return(url)))
  }
  await finishes(await waiting(victim))
})

test('an authorization URL that was used once to learn its state does not lead a second user to a consent', async () => {
  const attacker = await waiting()
  const authorizationUrl = await authorizationUrlOf(attacker)
  const { returnUrl: learnt } = await consentsAt(attacker.who, authorizationUrl)
  const victim = await signedIn(stack)
  const refused = await victim.browser.navigate(authorizationUrl)
  expect([refused.url.origin, refused.status]).toEqual([stack.agentcoreIdentity, 400])
  await finishes(attacker, learnt)
})
