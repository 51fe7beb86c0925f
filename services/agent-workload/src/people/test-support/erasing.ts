import type { StoredErasure } from '@agent-identity/authorization'
import type {
  AuthorizationId,
  ConnectionRecord,
  Erasure,
  OfferedProviders,
  PendingAuthorization,
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
export const AUTHORIZATION = `${REF}.${'x'.repeat(22)}` as AuthorizationId
export const NEW_AUTHORIZATION = `${REF}.${'y'.repeat(22)}` as AuthorizationId
export const NOW = 1_900_000_000_000

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
    /** The consent, if a return has claimed it before `cancelOpen` cancels it. */
    claimed?: Partial<PendingAuthorization>
    answer?: (state: { consent: Partial<PendingAuthorization>; now: number }) => void
  } = {},
) {
  const steps: string[] = []
  const audited: string[] = []
  const logged: string[] = []
  const state = {
    mark: undefined as StoredErasure | undefined,
    due: undefined as number | undefined,
    userSessions: [sessionOf(REF, NOW - 1_000)],
    connection: { status: 'connected', connectedAt: NOW - 5_000, account: 'alice' } as
      | Partial<ConnectionRecord>
      | undefined,
    authorizations: [AUTHORIZATION],
    /** Also ids whose records are gone. */
    listed: [AUTHORIZATION],
    consent: { status: 'bound' } as Partial<PendingAuthorization>,
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
      refsOf: async (user, provider) => [{ user, provider, named: undefined }],
      find: async () => state.connection as ConnectionRecord | undefined,
      async disconnect({ userSession }) {
        step(`disconnect in the name of ${userSession ?? 'no user session'}`)
        if (userSession) expect(state.userSessions.map(({ ref }) => ref)).toContain(userSession)
        state.connection = { ...state.connection, status: options.vendorIsAway ? 'disconnecting' : 'disconnected' }
        return state.connection as ConnectionRecord
      },
      async cancelOpen() {
        step('cancel what is open')
        if (state.consent.status === 'pending') state.consent = options.claimed ?? { status: 'cancelled' }
      },
      async latchAbsent(_user, provider) {
        step(`latch ${provider}`)
      },
      async forgetDefault(_user, provider) {
        step(`forget the default at ${provider}`)
      },
      async forgetDetails(_user, _provider, endedAt) {
        step('forget the account')
        expect(endedAt).toBe(state.mark?.erasure.endedAt)
        if (state.connection?.status === 'disconnecting') return 'later'
        const { account: _account, ...rest } = state.connection ?? {}
        state.connection = rest
        return 'forgotten'
      },
    },
    authorizations: {
      listOfUser: async () =>
        state.authorizations.map((id) => ({
          id,
          record: { provider: 'github', createdAt: NOW - 500, ...state.consent } as PendingAuthorization,
        })),
      async untilAnswered(_id, waitMs) {
        step(`wait ${waitMs} ms for AgentCore`)
        await options.answer?.(state)
      },
      async forgetOfUser() {
        step('forget the authorizations')
        state.authorizations = []
        state.listed = []
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
        state.authorizations = []
        step('after the sign-out')
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
    recordsOfUser: {
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
  connection: { status: 'disconnected', connectedAt: NOW - 5_000 },
  authorizations: [],
  listed: [],
  conversations: [],
  choices: 0,
}
