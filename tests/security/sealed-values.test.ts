import { startKey } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, startIdIn, withStolenCookies } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes, redis } = attacksOn(stack)

type Fields = Record<string, string>

/** The start of a return URL, as Redis has it. */
const record = (returnUrl: URL): Promise<Fields> => redis.hgetall(startKey(startIdIn(returnUrl)))
const write = (returnUrl: URL, fields: Fields) => redis.hset(startKey(startIdIn(returnUrl)), fields)

async function altered<Result>(returnUrl: URL, fields: Fields, attack: () => Promise<Result>): Promise<Result> {
  const before = await record(returnUrl)
  await write(returnUrl, fields)
  try {
    return await attack()
  } finally {
    await write(returnUrl, before)
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
    ['is sealed for another field', (own) => ({ sealedIdentityArtifact: own.facts ?? '' })],
  ]

  test.each(alterations)(
    '%s does not open: AgentCore is not called, and the record is not consumed',
    async (_name, alter) => {
      const [victim, other] = [await waiting(), await waiting()]
      const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
      const others = await other.who.consentUpToReturn(other.startUrl)
      const fields = alter(await record(returnUrl), await record(others))
      const page = await altered(returnUrl, fields, () => spendsNothing(victim, () => victim.who.return(returnUrl)))
      expect([page.status, outcomeOf(page)]).toEqual([503, 'try_again'])
      await finishes(victim, returnUrl)
    },
  )
})

describe('a writer of Redis without a key', () => {
  const rewritings: [string, (own: Fields, others: Fields) => Fields][] = [
    ['facts of another start', (_own, others) => ({ facts: others.facts ?? '' })],
    ['facts and progress of another start', (_own, { facts = '', progress = '' }) => ({ facts, progress })],
    ['altered facts', (own) => ({ facts: flipped(own.facts) })],
    ['facts that are not sealed', () => ({ facts: JSON.stringify({ owner: 'a'.repeat(22) }) })],
    ['progress of another start', (_own, others) => ({ progress: others.progress ?? '' })],
    ['altered progress', (own) => ({ progress: flipped(own.progress) })],
    ['progress that is not sealed', () => ({ progress: JSON.stringify({ status: 'bound' }) })],
    ['its facts as its progress', (own) => ({ progress: own.facts ?? '' })],
    ['no progress', () => ({ progress: '' })],
  ]

  test.each(rewritings)('who writes %s, can finish nothing', async (_name, rewrite) => {
    const [victim, attacker] = [await waiting(), await waiting()]
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const others = await attacker.who.consentUpToReturn(attacker.startUrl)
    const fields = rewrite(await record(returnUrl), await record(others))
    await altered(returnUrl, fields, async () => {
      for (const who of [attacker.who, victim.who])
        expectNotRecognized(await spendsNothing(victim, () => who.return(returnUrl)))
      expect((await spendsNothing(victim, () => attacker.who.start(victim.startUrl))).status).toBe(404)
    })
    await finishes(victim, returnUrl)
  })

  /** Fields that the sealed parts contain, here in the clear. */
  const plain: [string, (others: Fields) => Fields][] = [
    ['an owner', () => ({ owner: 'a'.repeat(22) })],
    ['a status', () => ({ status: 'bound' })],
    ['a hash of a state', () => ({ stateHash: sha256('x') })],
    ['a browser', () => ({ browserHash: 'b'.repeat(43) })],
    ['an expiry', () => ({ expiresAt: '1' })],
  ]

  test.each(plain)('who adds %s in the clear, changes nothing', async (_name, fields) => {
    const [victim, attacker] = [await waiting(), await waiting()]
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const others = await attacker.who.consentUpToReturn(attacker.startUrl)
    await write(returnUrl, fields(await record(others)))
    const wrong = new URL(returnUrl)
    wrong.searchParams.set('session_id', `${returnUrl.searchParams.get('session_id')}x`)
    expectNotRecognized(await spendsNothing(victim, () => attacker.who.return(wrong)))
    await finishes(victim, returnUrl)
  })

  test('who puts back the progress from before the cancellation, gives the authorization to no other user and no other browser', async () => {
    const [victim, attacker] = [await waiting(), await waiting()]
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const { progress = '' } = await record(returnUrl)
    expect((await victim.who.api(`/api/authorizations/${victim.id}`, { method: 'DELETE' })).status).toBe(204)
    await write(returnUrl, { progress })
    const thief = await withStolenCookies(victim.who)
    for (const who of [attacker.who, thief]) expectNotRecognized(await endsIt(returnUrl, () => who.return(returnUrl)))
  })
})
