import {
  type AuthorizationId,
  type AuthorizationRequired,
  type ConnectionRecord,
  type ConnectionRef,
  type PendingAuthorization,
  type TurnId,
  type UserRef,
  type UserSessionRef,
  WaiterId,
} from '@agent-identity/contracts'
import { accessForTurn } from '../access-for-turn.ts'
import type { KnownAccount } from '../connections/account.ts'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import { connectionRecord } from './connection.ts'
import { OFFERED } from './offered.ts'

const userSession = 's'.repeat(22) as UserSessionRef
export const user = 'a'.repeat(22) as UserRef
const turnId = `${'c'.repeat(22)}.${'t'.repeat(11)}` as TurnId
const waiter = WaiterId.parse(turnId)
export const authorizationId = (letter: string) => `${userSession}.${letter.repeat(22)}` as AuthorizationId
export const READ = 'https://www.googleapis.com/auth/calendar.readonly'
export const NOW = 1_900_000_000_000
export const WRITE = 'https://www.googleapis.com/auth/calendar.events'

/** Fakes of AgentCore and of the records of one user. */
export function world() {
  const answers: (AccessOutcome | (() => AccessOutcome))[] = []
  const requests: AccessRequest[] = []
  const announced: string[] = []
  const cards: AuthorizationRequired[] = []
  const records = new Map<AuthorizationId, Pick<PendingAuthorization, 'status' | 'failure'>>()
  const asked = new Map<string, AuthorizationId>()
  let signedIn = true
  let active: AuthorizationId | undefined
  let unchecked: AuthorizationId | undefined
  let isComparedAtOnce = false
  const lookedAt: AuthorizationId[] = []
  let connection: ConnectionRecord | undefined
  let isSettling = false
  const used = new Map<string, { named: ConnectionRef['named'] }>()
  let others: KnownAccount[] = []
  let whenRead = (): void => undefined
  const marked: string[] = []
  const withoutConsent: string[] = []
  const called: { ref: ConnectionRef; allow: (record: ConnectionRecord | undefined) => boolean; does?: string }[] = []

  const ports: Parameters<typeof accessForTurn>[1] = {
    offered: OFFERED,
    isSignedIn: async () => signedIn,
    async requestAccess(request) {
      requests.push(request)
      const answer = answers.shift() ?? { outcome: 'unavailable' }
      return typeof answer === 'function' ? answer() : answer
    },
    async accessWithoutConsent(_turn, { id }, scopes, rejected) {
      withoutConsent.push([id, ...scopes, ...(rejected ? [rejected] : [])].join(' '))
      return { outcome: 'token', accessToken: 'exchanged' }
    },
    authorizations: {
      async read(id) {
        const record = records.get(id)
        return (
          record &&
          ({
            ...record,
            provider: 'google-calendar',
            displayName: 'Google Calendar',
            scopes: READ,
            expiresAt: 1,
            correlationId: 'first',
          } as PendingAuthorization)
        )
      },
      findActive: async () => active,
      async findUnchecked() {
        const found = unchecked
        if (isComparedAtOnce) unchecked = undefined
        return found
      },
      async join(id, _turn, until) {
        const status = records.get(id)?.status
        if (until === 'settled' && isSettling) return 'waiting'
        return status === 'pending' || status === 'binding' ? 'waiting' : (status ?? 'missing')
      },
    },
    connections: {
      async find() {
        const found = connection
        whenRead()
        return found
      },
      needsReauthorization: async ({ provider }) => void marked.push(provider),
    },
    accounts: {
      choose: async (user, provider, name) =>
        name === undefined && others[0]
          ? others[0]
          : name === undefined || name === connection?.account
            ? { ref: { user, provider, named: undefined }, record: connection }
            : undefined,
      namesOf: async (_user, provider) => ({ names: [`alice at ${provider}`, 'bob'] }),
    },
    calls: {
      async during(ref, call, allow = () => false, use) {
        called.push({ ref, allow, ...use })
        return call(new AbortController().signal)
      },
    },
    lookAgain: async (id) => void lookedAt.push(id),
    clock: () => NOW,
    asked: {
      find: async (request) => asked.get(request),
      async announce(request, event) {
        asked.set(request, event.authorizationId)
        announced.push(event.authorizationId)
        cards.push(event)
      },
      accountAt: async (provider) => used.get(provider),
      async keepAccount(provider, account) {
        used.set(provider, used.get(provider) ?? account)
        return used.get(provider) ?? account
      },
    },
  }
  return {
    answers,
    requests,
    announced,
    cards,
    records,
    marked,
    lookedAt,
    withoutConsent,
    called,
    signOut: () => {
      signedIn = false
    },
    run: () => accessForTurn({ waiter, turnId, userSession, user, requestId: 'the-turn' }, ports),
    makeDefault: (account: KnownAccount) => {
      others = [account]
    },
    activate: (id: AuthorizationId | undefined, settling = false) => {
      active = id
      isSettling = settling
    },
    bindUnchecked: (id: AuthorizationId | undefined, compared?: 'at-once') => {
      unchecked = id
      isComparedAtOnce = compared !== undefined
    },
    onRead: (then: () => void) => {
      whenRead = then
    },
    connect: (scopes: string, more: Partial<ConnectionRecord> = {}) => {
      connection = connectionRecord({ scopes, ...more })
    },
  }
}

export const required = (id: AuthorizationId): AccessOutcome => ({
  outcome: 'authorization-required',
  authorizationId: id,
})
export const token: AccessOutcome = { outcome: 'token', accessToken: 'granted' }
