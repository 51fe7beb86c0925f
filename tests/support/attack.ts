import {
  AuthorizationId,
  authorizationKey,
  type StartId,
  StartState,
  type StoredStart,
  startIdOfState,
  startKey,
  USER_SESSION_COOKIE,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { afterAll, expect } from '@jest/globals'
import { Redis } from 'ioredis'
import type { EventStream } from './event-stream.ts'
import type { Answer } from './http-browser.ts'
import { outcomeOf, Person } from './person.ts'
import { userSessionRefOf } from './redis.ts'
import { authorizationOf, startOf } from './secrets.ts'
import { emulatorOf, type Stack, signedIn } from './stack.ts'

/** A signed-in user whose question waits for a consent. */
export interface Waiting {
  who: Person
  /** Of the user session. */
  ref: UserSessionRef
  id: AuthorizationId
  startUrl: string
  eventsUrl: string
  stream: EventStream
}

export function attacksOn(stack: Stack) {
  const redis = new Redis(stack.redis)
  const emulator = emulatorOf(stack)
  afterAll(() => redis.disconnect())

  /** As Redis has it: the authorization, and its last start. */
  async function record(id: AuthorizationId | StartId) {
    const authorization = await authorizationOf(stack, id as AuthorizationId)
    const start = await startOf(stack, id)
    return {
      authorization: authorization && (await redis.get(authorizationKey(authorization.owner, authorization.id))),
      start: start ? await redis.hgetall(startKey(start.id)) : {},
    }
  }
  const awsCalls = async () => (await emulator.calls()).filter(({ principal }) => principal)

  return {
    redis,
    emulator,
    record,
    /** The start, or the last one of an authorization. Empty if there is none, or if it cannot be opened. */
    opened: async (id: AuthorizationId | StartId): Promise<Partial<StoredStart>> => (await startOf(stack, id)) ?? {},

    async waiting(who?: Person, question = 'List my repositories'): Promise<Waiting> {
      const asker = who ?? (await signedIn(stack))
      const { stream, eventsUrl } = await asker.ask(question)
      const { data } = await stream.next('authorization_required')
      const id = AuthorizationId.parse(data.authorizationId)
      return { who: asker, ref: await userSessionRefOf(asker), id, startUrl: data.startUrl, eventsUrl, stream }
    },

    /** Fails if the attack has caused a call of AWS, or has changed the victim's authorization. */
    async spendsNothing<Result>(
      { id }: { id: AuthorizationId | StartId },
      attack: () => Promise<Result>,
    ): Promise<Result> {
      const before = await record(id)
      const callsBefore = (await awsCalls()).length
      const result = await attack()
      expect((await awsCalls()).slice(callsBefore)).toEqual([])
      expect(await record(id)).toEqual(before)
      return result
    },

    /** Fails if the attack has caused a binding, or if the return can still be bound. */
    async endsIt<Result>(returnUrl: URL, attack: () => Promise<Result>): Promise<Result> {
      const bindings = await emulator.counting()
      const result = await attack()
      expect(await bindings('CompleteResourceTokenAuth')).toBe(0)
      const { status, failure } = (await startOf(stack, startIdIn(returnUrl))) ?? {}
      expect([status, failure]).toEqual(['failed', undefined])
      return result
    },

    async finishes({ who, startUrl, stream }: Omit<Waiting, 'ref'>, returnUrl?: URL): Promise<void> {
      const count = await emulator.counting()
      const page = returnUrl ? await who.return(returnUrl) : await who.consent(startUrl)
      expect([page.status, outcomeOf(page)]).toEqual([200, 'bound'])
      expect(await stream.answer()).toContain(who.username)
      expect(await count('CompleteResourceTokenAuth')).toBe(1)
    },
  }
}

export const startIdIn = (returnUrl: URL): StartId =>
  startIdOfState(StartState.parse(returnUrl.searchParams.get('state')))

export function expectNotRecognized(answer: Answer): void {
  expect([answer.status, outcomeOf(answer)]).toEqual([403, 'not_recognized'])
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect(answer.body).not.toMatch(/GitHub|Google/)
}

export async function inAnotherBrowser(who: Person): Promise<Person> {
  const elsewhere = new Person(who.stack, who)
  await elsewhere.signIn()
  return elsewhere
}

export async function withStolenCookies(
  who: Person,
  names: readonly string[] = [USER_SESSION_COOKIE],
): Promise<Person> {
  const thief = new Person(who.stack, who)
  for (const cookie of await who.browser.jar.getCookies(who.stack.app))
    if (names.includes(cookie.key)) await thief.browser.jar.setCookie(cookie.toString(), who.stack.app)
  return thief
}
