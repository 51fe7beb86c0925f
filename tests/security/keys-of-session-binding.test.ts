import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AgentWorkloadEnvironment,
  authorizationKey,
  conversationIdOf,
  PLACES,
  SessionBindingEnvironment,
  SIGN_IN_COOKIES,
  TurnId,
  turnKey,
  userSessionKey,
  userTokensKey,
} from '@agent-identity/contracts'
import { createSealer } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { HttpBrowser } from '../support/http-browser.ts'
import { userSessionRefOf, withRedis } from '../support/redis.ts'
import { authorizationOf } from '../support/secrets.ts'
import { stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const ROOT = join(import.meta.dirname, '../..')
const stack = stackOfThisWorker()
const { waiting, finishes, record } = attacksOn(stack)
const { 'agent-workload': workload, 'session-binding': binding } = stack.environments

/** Purposes of all sealers, read from the sources. */
const PURPOSES = [
  ...new Set(
    globSync(['packages/*/src/**/*.ts', 'services/*/src/**/*.ts'], { cwd: ROOT })
      .filter((path) => !path.includes('emulator') && !path.endsWith('.test.ts'))
      .flatMap((path) => [
        ...readFileSync(join(ROOT, path), 'utf8').matchAll(
          /\b(?:create(?:Sealer|RecordSealer|SealedRecord)\([\w.]+,|purpose:) '([^']+)'/g,
        ),
      ])
      .map(([, purpose = '']) => purpose),
  ),
]

const rings = (environment: object) =>
  Object.keys(environment)
    .filter((name) => name.endsWith('_KEYS'))
    .toSorted()

test('session binding is given two of the rings of keys, in the contract and in the process', () => {
  const needed = ['IDENTITY_ARTIFACT_KEYS', 'USER_SESSION_KEYS']
  expect(rings(SessionBindingEnvironment.shape)).toEqual(needed)
  expect(rings(binding)).toEqual(needed)
  expect(rings(AgentWorkloadEnvironment.shape)).toEqual(
    [...needed, 'CONNECTION_KEYS', 'TURN_KEYS', 'USER_TOKENS_KEYS'].toSorted(),
  )
  const secrets = (name: string) => JSON.parse(workload[name] ?? '{}') as Record<string, string>
  const heldByBinding = needed.flatMap((name) => Object.values(JSON.parse(binding[name] ?? '{}')))
  for (const name of ['TURN_KEYS', 'USER_TOKENS_KEYS'])
    for (const [id, secret] of Object.entries(secrets(name)))
      if (id !== 'sealWith') expect(heldByBinding).not.toContain(secret)
})

test('an attacker in session binding can open user sessions, and no user tokens, turn, conversation, sign-in, authorization or connection', async () => {
  const victim = await waiting()
  const ref = await userSessionRefOf(victim.who)
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const ringsOf = (environment: Readonly<Record<string, string | undefined>>) =>
    rings(environment).map((name) => SessionBindingEnvironment.shape.USER_SESSION_KEYS.parse(environment[name]))
  const opens = (sealed: string, place: string, held = ringsOf(binding)) =>
    held.some((ring) =>
      PURPOSES.some((purpose) => {
        try {
          return createSealer(ring, purpose).open(sealed, place) !== ''
        } catch {
          return false
        }
      }),
    )
  const browser = new HttpBrowser()
  await browser.navigate(new URL('/auth/sign-in', stack.app), {
    until: ({ origin }) => origin === new URL(stack.signIn).origin,
  })
  const [signIn] = (await browser.jar.getCookies(stack.app)).filter(({ key }) => SIGN_IN_COOKIES.test(key))
  const turnId = TurnId.parse(victim.eventsUrl.split('/').at(-2))
  // Reads only records of this test: those of other tests may be forged, or end meanwhile.
  const memory = PLACES.conversationSnapshot(conversationIdOf(turnId), 'memory')
  const values = await withRedis(stack, async (redis) => {
    await until(async () => (await redis.exists(memory)) === 1)
    const strings = [userTokensKey(ref), memory]
    const read = strings.map(async (key) => [key, (await redis.get(key)) ?? ''] as const)
    return [
      ...(await Promise.all(read)),
      [signIn?.key ?? '', signIn?.value ?? ''] as const,
      [`${turnKey(turnId)} facts`, (await redis.hget(turnKey(turnId), 'facts')) ?? ''] as const,
    ]
  })
  const authorization = await authorizationOf(stack, victim.id)
  if (!authorization) throw new Error('There is no authorization')
  values.push([authorizationKey(authorization.owner, victim.id), (await record(victim.id)).authorization ?? ''])

  expect(values).toHaveLength(5)
  for (const [place, sealed] of values)
    expect([place, opens(sealed, place, ringsOf(workload)), opens(sealed, place)]).toEqual([place, true, false])
  const session = await withRedis(stack, async (redis) => (await redis.get(userSessionKey(ref))) ?? '')
  expect(opens(session, userSessionKey(ref))).toBe(true)
  await finishes(victim, returnUrl)
})

describe('a deployment of the agent workload', () => {
  const ring = (secret: string) => JSON.stringify({ sealWith: 'k', k: secret })
  const names = ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS', 'USER_TOKENS_KEYS', 'TURN_KEYS'] as const
  const separate = Object.fromEntries(names.map((name) => [name, ring(name.padEnd(40, 'x'))]))
  const mistakesOf = (variables: Record<string, string>) =>
    AgentWorkloadEnvironment.safeParse({ ...workload, PORT: '8080', ...variables }).error?.issues.map(
      ({ path, message }) => `${path[0]?.toString()} ${message}`,
    )

  test('with a key in two rings is refused: session binding could open records that it must not', () => {
    expect(mistakesOf(separate)).toBeUndefined()
    for (const shared of names.slice(0, 2))
      for (const other of names.slice(2))
        expect(mistakesOf({ ...separate, [other]: separate[shared] ?? '' })).toEqual([
          `${other} must not share a key with ${shared}`,
        ])
  })

  test('with an old key of one ring in another is refused as well, whichever of them seals', () => {
    const rotated = (secret: string, old: string) => JSON.stringify({ sealWith: 'k', k: secret, old })
    const [first, ...others] = names
    for (const other of others)
      for (const [one, two] of [
        [rotated('a'.repeat(40), 'shared'.padEnd(40, 'x')), rotated('b'.repeat(40), 'shared'.padEnd(40, 'x'))],
        [rotated('a'.repeat(40), 'shared'.padEnd(40, 'x')), ring('shared'.padEnd(40, 'x'))],
        [ring('shared'.padEnd(40, 'x')), rotated('b'.repeat(40), 'shared'.padEnd(40, 'x'))],
      ] as const)
        expect(mistakesOf({ ...separate, [first]: one, [other]: two })).toEqual([
          `${other} must not share a key with ${first}`,
        ])
  })
})

test('session binding does not start with a key in both of its rings, an old one included', () => {
  const shared = 'shared'.padEnd(40, 'x')
  const ring = (id: string, old: string) => JSON.stringify({ sealWith: 'k', k: id.padEnd(40, id), old })
  const mistakes = (other: string) =>
    SessionBindingEnvironment.safeParse({
      ...binding,
      PORT: '8080',
      USER_SESSION_KEYS: ring('a', shared),
      IDENTITY_ARTIFACT_KEYS: ring('b', other),
    }).error?.issues.map(({ path, message }) => `${path[0]?.toString()} ${message}`)
  expect(mistakes('other'.padEnd(40, 'x'))).toBeUndefined()
  expect(mistakes(shared)).toEqual(['IDENTITY_ARTIFACT_KEYS must not share a key with USER_SESSION_KEYS'])
})
