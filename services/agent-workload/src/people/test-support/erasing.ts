import type { StoredErasure } from '@agent-identity/authorization'
import type {
  Authorization,
  AuthorizationId,
  Connection,
  Erasure,
  OfferedProviders,
  Start,
  StartId,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { expect } from '@jest/globals'
import type { ErasurePorts } from '../erasure-ports.ts'
import { createErasures } from '../erasures.ts'

export const ALICE = 'a'.repeat(22) as UserRef
export const REF = 's'.repeat(22) as UserSessionRef
export const NEW_REF = 'n'.repeat(22) as UserSessionRef
const START = `${REF}.${'x'.repeat(22)}` as StartId
export const NOW = 1_900_000_000_000

export const authorizationOf = (id: string, userSession = REF) =>
  ({ id: id.repeat(22) as AuthorizationId, userSession, provider: 'github', starts: [START] }) as Authorization

const sessionOf = (ref: UserSessionRef, signedInAt: number) =>
  ({ ref, userRef: ALICE, signedInAt }) as CurrentUserSession

/** Not a step: a claim is renewed at any time. */
const CLAIM = 'claim the mark'

export class Killed extends Error {}
export class Failed extends Error {}

/** `killAt`: the number of the call at which the process dies. `failing`: the beginning of the name of the steps that fail. */
export function world(
  options: {
    killAt?: number
    vendorIsAway?: boolean
    failing?: string
    start?: Partial<Start>
    answer?: (state: { start: Partial<Start>; now: number }) => void
  } = {},
) {
  const steps: string[] = []
  const audited: string[] = []
  const logged: string[] = []
  const state = {
    mark: undefined as StoredErasure | undefined,
    due: undefined as number | undefined,
    userSessions: [sessionOf(REF, NOW - 1_000)],
    connection: { status: 'connected', since: NOW - 5_000, account: 'alice' } as Partial<Connection> | undefined,
    authorizations: [authorizationOf('a')],
    start: options.start ?? ({ status: 'bound' } as Partial<Start>),
    conversations: ['c1', 'c2'],
    choices: 1,
    now: NOW,
  }
  let calls = 0
  let versions = 0
  const killAt = { call: options.killAt ?? Number.POSITIVE_INFINITY }
  /** To die before the next step is to die after this one. */
  const step = (name: string) => {
    calls += 1
    if (calls >= killAt.call) throw new Killed(name)
    if (options.failing && name.startsWith(options.failing)) throw new Failed(name)
    if (name !== CLAIM) steps.push(name)
  }
  const ports: ErasurePorts = {
    records: {
      read: async () => state.mark,
      async write(_user: UserRef, seen: typeof state.mark, erasure: Erasure) {
        step(erasure.claimedUntil ? CLAIM : `mark ${erasure.state}`)
        if (seen?.stored !== state.mark?.stored) return undefined
        versions += 1
        state.mark = { erasure, stored: String(versions) }
        return state.mark
      },
      isErasedSince: async () => false,
    } as never,
    due: {
      async lookAt(_id: UserRef, at: number) {
        step('due')
        state.due = at
      },
      async settle(_id: UserRef, settle: () => Promise<'settled' | { later: number }>) {
        const result = await settle()
        if (result === 'settled') state.due = undefined
        return result
      },
    } as never,
    offered: new Map([['github', { id: 'github', credential: 'user' }]]) as unknown as OfferedProviders,
    connections: {
      async end({ userSession }, provider) {
        step(`end ${provider} in the name of ${userSession ?? 'no user session'}`)
        if (userSession) expect(state.userSessions.map(({ ref }) => ref)).toContain(userSession)
        if (!state.connection || state.connection.status === 'disconnected') return 0
        state.connection = { ...state.connection, status: options.vendorIsAway ? 'disconnecting' : 'disconnected' }
        return 1
      },
      async untilRead(_user, provider, withinMs) {
        step(`wait ${withinMs} ms for the tokens of ${provider}`)
      },
      isAnyLive: async () => state.connection?.status === 'connected',
      async forget(_user, provider) {
        step(`forget the accounts of ${provider}`)
        if (state.connection?.status === 'disconnecting') return 'later'
        const { account: _account, ...rest } = state.connection ?? {}
        state.connection = rest
        return 'forgotten'
      },
    },
    authorizations: {
      list: async () => state.authorizations,
      async erase() {
        step('erase the authorizations')
        state.authorizations = []
      },
    },
    starts: {
      read: async () => ({ id: START, ...state.start }) as Start,
      async untilAnswered(_id, waitMs) {
        step(`wait ${waitMs} ms for AgentCore`)
        await options.answer?.(state)
      },
      async settle() {
        step(`settle a start that is ${state.start.status}`)
      },
    },
    userSessions: {
      find: async (ref) => state.userSessions.find((one) => one.ref === ref),
      refsOfUser: async () => state.userSessions.map(({ ref }) => ref),
      async end({ ref }) {
        step(`sign out ${ref}`)
        state.userSessions = state.userSessions.filter((one) => one.ref !== ref)
      },
      async onEnded() {
        step('after the sign-out')
        state.authorizations = []
      },
    },
    conversations: {
      list: async () => state.conversations as never,
      async erase(id) {
        step(`erase ${id}`)
        state.conversations = state.conversations.filter((one) => one !== id)
        return true
      },
    },
    choices: {
      async erase() {
        step('erase choices')
        state.choices = 0
      },
    },
    audit: ({ event }) => void audited.push(event),
    clock: () => state.now,
    log: { error: (_fields: unknown, message?: string) => void logged.push(message ?? '') },
  }
  const actor = { ref: REF, userRef: ALICE }
  const erasures = createErasures(ports)
  return {
    ...{ state, steps, audited, logged, killAt, erasures, ports },
    end: () => erasures.end({ user: ALICE, by: 'user', actor, requestId: 'r' }),
    endBy: (administrator: typeof actor) =>
      erasures.end({ user: ALICE, by: 'administrator', actor: administrator, requestId: 'r' }),
  }
}

export const OVER = {
  mark: expect.objectContaining({ erasure: { endedAt: NOW, by: 'user', requestId: 'r', state: 'over' } }),
  due: undefined,
  userSessions: [],
  connection: { status: 'disconnected', since: NOW - 5_000 },
  authorizations: [],
  conversations: [],
  choices: 0,
}
