import { BROWSER_BINDING_COOKIE, pendingAuthorizationKey } from '@agent-identity/contracts'
import { browserHash, randomToken, sha256 } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, inAnotherBrowser, type Waiting, withStolenCookies } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { cookieOf, userSessionRefOf } from '../support/redis.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, redis, record } = attacksOn(stack)

type Fields = Record<string, string>

/** Does the attack while the record is altered; then it is as it was. */
async function altered<Result>({ id }: Waiting, fields: Fields, attack: () => Promise<Result>): Promise<Result> {
  const before = await record(id)
  await redis.hset(pendingAuthorizationKey(id), fields)
  try {
    return await attack()
  } finally {
    await redis.hset(pendingAuthorizationKey(id), before)
  }
}

const flipped = (sealed = '') => {
  const at = sealed.length - 20
  return sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
}

describe('a sealed identity artifact that', () => {
  const alterations: [string, (own: Fields, others: Fields) => Fields][] = [
    ['is another user’s', (_own, others) => ({ sealedIdentityArtifact: others.sealedIdentityArtifact ?? '' })],
    ['is altered', (own) => ({ sealedIdentityArtifact: flipped(own.sealedIdentityArtifact) })],
    ['is cut short', (own) => ({ sealedIdentityArtifact: own.sealedIdentityArtifact?.slice(0, 20) ?? '' })],
    ['is not sealed at all', () => ({ sealedIdentityArtifact: JSON.stringify({ kind: 'user-id', userId: 'admin' }) })],
    [
      'names another key',
      (own) => ({ sealedIdentityArtifact: own.sealedIdentityArtifact?.replace('local', 'x') ?? '' }),
    ],
    ['is sealed for another field', (own) => ({ sealedIdentityArtifact: own.sealedAuthorization ?? '' })],
    ['stands beside another provider', () => ({ provider: 'google-calendar' })],
    ['stands beside other scopes', () => ({ scopes: 'repo' })],
  ]

  test.each(alterations)(
    '%s opens nowhere: AgentCore is not asked, and the record is not consumed',
    async (_name, alter) => {
      const [victim, other] = [await waiting(), await waiting()]
      const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
      const fields = alter(await record(victim.id), await record(other.id))
      const page = await altered(victim, fields, () => spendsNothing(victim, () => victim.who.return(returnUrl)))
      expect([page.status, outcomeOf(page)]).toEqual([503, 'try_again'])
      await finishes(victim, returnUrl)
    },
  )
})

describe('whoever can write to Redis, and has no key,', () => {
  test('cannot make up the state of their own authorization and finish somebody else’s consent with it', async () => {
    const attacker = await waiting()
    const state = `${attacker.id}.${'A'.repeat(43)}`
    const returnUrl = await attacker.who.consentUpToReturn(attacker.startUrl)
    const madeUp = new URL(returnUrl)
    madeUp.searchParams.set('state', state)
    const page = await altered(attacker, { stateHash: sha256(state) }, () =>
      spendsNothing(attacker, () => attacker.who.return(madeUp)),
    )
    expect([page.status, outcomeOf(page)]).toEqual([503, 'try_again'])
    await finishes(attacker, returnUrl)
  })

  test('cannot finish another consent by making its session URI the expected one', async () => {
    const [victim, attacker] = [await waiting(), await waiting()]
    const victims = await victim.who.consentUpToReturn(victim.startUrl)
    const attackers = await attacker.who.consentUpToReturn(attacker.startUrl)
    const sessionUri = victims.searchParams.get('session_id') ?? ''
    const mixed = new URL(attackers)
    mixed.searchParams.set('session_id', sessionUri)
    const page = await altered(attacker, { sessionUriHash: sha256(sessionUri) }, () =>
      spendsNothing(attacker, () => spendsNothing(victim, () => attacker.who.return(mixed))),
    )
    expect([page.status, outcomeOf(page)]).toEqual([503, 'try_again'])
    await finishes(victim, victims)
    await finishes(attacker, attackers)
  })

  test('cannot make somebody else’s authorization their own', async () => {
    const [victim, attacker] = [await waiting(), await waiting()]
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const { owner = '' } = await record(attacker.id)
    await altered(victim, { owner }, async () => {
      for (const who of [attacker.who, victim.who]) {
        expectNotRecognized(await spendsNothing(victim, () => who.return(returnUrl)))
        expect((await spendsNothing(victim, () => who.start(victim.startUrl))).status).toBe(404)
      }
    })
    await finishes(victim, returnUrl)
  })

  test('cannot make it any browser’s by taking the mark out of the record', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const before = await record(victim.id)
    await redis.hdel(pendingAuthorizationKey(victim.id), 'browserHash')
    const thief = await withStolenCookies(victim.who)
    for (const who of [thief, victim.who]) expectNotRecognized(await spendsNothing(victim, () => who.return(returnUrl)))
    await redis.hset(pendingAuthorizationKey(victim.id), before)
    await finishes(victim, returnUrl)
  })

  test('cannot make it another browser’s by putting the mark of that one into the record', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const thief = await withStolenCookies(victim.who)
    const mark = randomToken(32)
    await thief.browser.jar.setCookie(`${BROWSER_BINDING_COOKIE}=${mark}; Path=/; Secure`, stack.app)
    const fields = { browserHash: browserHash(mark, await userSessionRefOf(victim.who)) }
    await altered(victim, fields, async () => {
      expectNotRecognized(await spendsNothing(victim, () => thief.return(returnUrl)))
      expect((await spendsNothing(victim, () => thief.start(victim.startUrl))).status).toBe(404)
    })
    await finishes(victim, returnUrl)
  })

  test('cannot move an authorization into another user session of its user', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const phone = await inAnotherBrowser(victim.who)
    await phone.start((await waiting(phone)).startUrl)
    const mark = (await cookieOf(phone, BROWSER_BINDING_COOKIE)) ?? ''
    await altered(victim, { browserHash: browserHash(mark, await userSessionRefOf(phone)) }, async () => {
      expectNotRecognized(await spendsNothing(victim, () => phone.return(returnUrl)))
    })
    await finishes(victim, returnUrl)
  })
})

describe('a sealed authorization URL that', () => {
  const alterations: [string, (own: Fields, others: Fields) => Fields][] = [
    ['is another user’s', (_own, others) => ({ sealedAuthorization: others.sealedAuthorization ?? '' })],
    ['is altered', (own) => ({ sealedAuthorization: flipped(own.sealedAuthorization) })],
    ['is not sealed at all', () => ({ sealedAuthorization: '{"authorizationUrl":"https://attacker.example/"}' })],
    ['is sealed for another field', (own) => ({ sealedAuthorization: own.sealedIdentityArtifact ?? '' })],
  ]

  test.each(alterations)('%s leads nowhere, and the start is not spent', async (_name, alter) => {
    const [victim, other] = [await waiting(), await waiting()]
    const fields = alter(await record(victim.id), await record(other.id))
    const answer = await altered(victim, fields, () => spendsNothing(victim, () => victim.who.start(victim.startUrl)))
    expect([answer.status, answer.headers.location]).toEqual([500, undefined])
    expect(answer.headers['set-cookie']).toBeUndefined()
    await finishes(victim)
  })
})
