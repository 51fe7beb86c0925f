import {
  type AuditEvent,
  type AuthorizationId,
  type ConnectionRecord,
  type PendingAuthorization,
  type TurnEvent,
  type UserRef,
  userSessionRefOf,
  type VaultEntry,
  type WaiterId,
} from '@agent-identity/contracts'
import type { Consented } from '../connections/connect.ts'
import type { AccessRequest, ExistingToken } from '../request-authorization.ts'
import { type SettleAuthorizationPorts, settleAuthorization } from '../settle-authorization.ts'
import { connectionRecord } from './connection.ts'
import { OFFERED } from './offered.ts'

export const NOW = 1_900_000_000_000
export const id = `${'s'.repeat(22)}.${'i'.repeat(22)}` as AuthorizationId
export const waiters = ['t', 'u'].map((letter) => `${'c'.repeat(22)}.${letter.repeat(11)}` as WaiterId)
export const strangersWaiter = `${'c'.repeat(22)}.${'x'.repeat(11)}` as WaiterId
export const record = {
  status: 'bound',
  owner: 'a'.repeat(22) as UserRef,
  provider: 'github',
  displayName: 'GitHub',
  scopes: 'read:user repo',
  correlationId: 'the-turn',
  expiresAt: NOW + 1_000,
} as PendingAuthorization

/** One of the authorization's waiters is another user's. */
export function settling(
  changes: Partial<PendingAuthorization> | undefined,
  asked: ExistingToken = { outcome: 'token', accessToken: 'granted' },
  calledOff: readonly WaiterId[] = [],
  connection?: Partial<ConnectionRecord>,
  others: readonly Partial<ConnectionRecord>[] = [],
) {
  let now = NOW
  let answer = asked
  let stored = changes && { ...record, ...changes }
  const waiting = [strangersWaiter, ...waiters]
  const done: string[] = []
  const told: TurnEvent[] = []
  const said: AuditEvent[] = []
  const requests: AccessRequest[] = []
  const consents: [Consented, string][] = []
  const kept: VaultEntry[] = []
  const ports: SettleAuthorizationPorts = {
    authorizations: {
      read: async () => stored,
      async end(_id, status) {
        if (stored?.status !== 'pending') return false
        stored = { ...stored, status }
        return true
      },
      async abandon() {
        if (stored?.status !== 'binding') return false
        stored = { ...stored, status: 'unconfirmed' }
        return true
      },
      waiters: async () => [...waiting],
      release: async () => void done.push('release'),
      forgetWaiters: async () => void waiting.splice(0),
      forgetExpiry: async () => void done.push('over'),
      async conclude(_id, status) {
        if (stored?.status === 'unconfirmed') stored = { ...stored, status }
      },
      lookAgainAt: async (_id, time) => void done.push(`check again in ${time - now}`),
    },
    async existingToken(access) {
      done.push('ask AgentCore')
      requests.push(access)
      return answer
    },
    async connect(consented, accessToken) {
      const { provider, scopes, generation } = consented
      consents.push([consented, accessToken])
      done.push(`connect ${provider} ${scopes}`)
      if (generation > 0) return { outcome: 'superseded' }
      return { outcome: 'connected', record: connectionRecord({ account: 'alice', ...connection }) }
    },
    connections: {
      find: async () => connection && connectionRecord(connection),
      othersOf: async () => others.map(connectionRecord),
      keepForRevocation: async (_ref, entry) => void kept.push(entry),
    },
    offered: OFFERED,
    waiting: {
      isOf: async (waiter, person) =>
        waiter !== strangersWaiter && person.owner === record.owner && person.userSession === userSessionRefOf(id),
      async tell(waiter, event) {
        if (waiter === strangersWaiter) throw new Error('Another user’s waiter was notified')
        told.push(event)
      },
      resume: async (waiter) => void done.push(`resume ${waiter}`),
      isCalledOff: async (waiter) => calledOff.includes(waiter),
    },
    audit: (event) => void said.push(event),
    clock: () => now,
  }
  return {
    said,
    requests,
    consents,
    kept,
    done,
    told,
    ports,
    settle: () => settleAuthorization(id, ports),
    stored: () => stored,
    advance(ms: number, next: ExistingToken) {
      now += ms
      answer = next
      done.length = 0
      told.length = 0
    },
  }
}
