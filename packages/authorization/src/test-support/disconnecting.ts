import { setTimeout as delay } from 'node:timers/promises'
import {
  type AuditEvent,
  type AuthorizationId,
  type ConnectionRef,
  disconnectionIdOf,
  type PendingAuthorization,
  type ProviderId,
  type UserRef,
  type UserSessionRef,
  type VendorRevocation,
} from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import type { TestRedis } from '@agent-identity/test-redis'
import type { Redis } from 'ioredis'
import { createConnect } from '../connections/connect.ts'
import { createConnectionCalls } from '../connections/connection-calls.ts'
import { createConnectionRecords } from '../connections/connection-records.ts'
import { createConnectionUses } from '../connections/connection-uses.ts'
import type { ConnectionVault } from '../connections/connection-vault.ts'
import { createConnections } from '../connections/connections.ts'
import { createDisconnections, type Disconnecting } from '../connections/disconnections.ts'
import { settleRevocation } from '../connections/settle-revocation.ts'
import { OFFERED } from './offered.ts'

export const USER = 'a'.repeat(22) as UserRef
export const PROVIDER: ProviderId = 'google-calendar'
export const UNNAMED: ConnectionRef = { user: USER, provider: PROVIDER, named: undefined }
export const SCOPES = 'https://www.googleapis.com/auth/calendar.readonly'
const USER_SESSION = 's'.repeat(22) as UserSessionRef

/** What the tests control. */
export interface Outside {
  now: number
  vault: Map<string, string>
  /** What AgentCore answers in place of what the vault has. */
  read(scopes: string): Promise<'unavailable' | 'signed-out' | undefined>
  revoke(token: string): Promise<VendorRevocation>
  isConsenting: boolean
  isOffered: boolean
  isErased: boolean
  /** The account's name at the vendor. */
  account: string | undefined
  granted: string[] | undefined
  /** Called while the vendor is asked for the account. */
  meanwhile(signal: AbortSignal): Promise<unknown>
  settle: typeof settleRevocation | undefined
  /** Whether an authorization can be cancelled. */
  isWaiting: boolean
  open: { id: AuthorizationId; record: PendingAuthorization }[]
  list(): Promise<Outside['open']>
  findUnchecked(): Promise<AuthorizationId | undefined>
  pause(ms: number): Promise<unknown>
}

export const outside = (more: Partial<Outside> = {}): Outside => ({
  async list() {
    return this.open
  },
  now: 1_900_000_000_000,
  vault: new Map(),
  read: async () => undefined,
  revoke: async () => 'revoked',
  isConsenting: false,
  isOffered: true,
  isErased: false,
  account: 'alice',
  granted: undefined,
  meanwhile: async () => undefined,
  isWaiting: true,
  open: [],
  findUnchecked: async () => undefined,
  settle: undefined,
  pause: delay,
  ...more,
})

const keys = (key: string) => ({ sealWith: key, keys: { [key]: key.repeat(43) } })
const log = createLogger({ service: 'test', level: 'silent' })

/** One replica, over a real Redis. */
export async function startReplica(server: TestRedis, world: Outside) {
  const [redis, subscriber] = await Promise.all([server.ready(), server.ready()])
  const clock = () => world.now
  const said: AuditEvent[] = []
  const audit = (event: AuditEvent) => void said.push(event)
  const records = createConnectionRecords({
    ...{ redis, connectionKeys: keys('t'), userTokensKeys: keys('u'), audit, clock, log },
  })
  const connections = createConnections({ records, clock })
  const uses = createConnectionUses({ redis, connectionKeys: keys('t'), clock, log })
  const calls = createConnectionCalls({ redis, subscriber, records, uses, clock, log })
  const vault: ConnectionVault = {
    async read({ entry }) {
      const problem = await world.read(entry.scopes)
      if (problem) return { outcome: problem }
      const accessToken = world.vault.get(entry.scopes)
      return accessToken ? { outcome: 'token', accessToken } : { outcome: 'none' }
    },
    async forget({ entry }) {
      const problem = await world.read(entry.scopes)
      if (problem) return problem
      world.vault.delete(entry.scopes)
      return 'forgotten'
    },
  }
  const ports = {
    records,
    vault,
    audit,
    clock,
    wayOf: (provider: ProviderId) => (world.isOffered ? OFFERED.get(provider)?.revocation : undefined),
    revoke: (_provider: ProviderId, token: string) => world.revoke(token),
    isConsenting: async () => world.isConsenting,
  }
  const offered = new Map(OFFERED)
  const ended: AuthorizationId[] = []
  const told: AuthorizationId[] = []
  let beforeWrite: (() => Promise<unknown>) | undefined
  const disconnections = createDisconnections({
    redis,
    offered,
    records: {
      ...records,
      async write(...change) {
        const before = beforeWrite
        beforeWrite = undefined
        await before?.()
        return records.write(...change)
      },
    },
    calls,
    authorizations: {
      listOf: () => world.list(),
      async end(id, status) {
        if (status !== 'cancelled') throw new Error('A disconnection ends an authorization as cancelled')
        ended.push(id)
        return world.isWaiting
      },
      findUnchecked: () => world.findUnchecked(),
    },
    notify: async (id) => void told.push(id),
    settle: (ref) => (world.settle ?? settleRevocation)(ref, ports),
    audit,
    clock,
    log,
    // The tests expect the outcome of the revocation's step, also on a slow machine.
    answeredWithinMs: 60_000,
    pause: (ms) => world.pause(ms),
  })
  const connect = createConnect({
    calls,
    connections,
    disconnections,
    offered,
    isErased: async ({ user, userSession }) => world.isErased && user === USER && userSession === USER_SESSION,
    audit,
    async accountOf(_provider, _accessToken, signal) {
      await world.meanwhile(signal)
      return { name: world.account, granted: world.granted }
    },
  })
  const who = { ...UNNAMED, userSession: USER_SESSION, requestId: 'r' }
  return {
    redis: redis as Redis,
    said,
    offered,
    records,
    connections,
    uses,
    calls,
    find: () => connections.find(UNNAMED),
    left: async () => (await records.readRevocation(UNNAMED)).value,
    connect: (accessToken: string, generation: number, authorizationId?: AuthorizationId, expiresAt?: number) =>
      connect(
        {
          ...{ ...who, scopes: SCOPES, parameters: {}, generation },
          ...(authorizationId && { authorizationId }),
          ...(expiresAt && { expiresAt }),
        },
        accessToken,
      ),
    disconnect: (more: Partial<Disconnecting> | { userSession: undefined } = {}) =>
      disconnections.disconnect({ ...who, ...more } as Disconnecting),
    endUnused: (ref: ConnectionRef) => disconnections.endUnused({ ...who, ...ref }),
    ended,
    told,
    atRest: () => disconnections.atRest(UNNAMED),
    untilRead: (scopes: string) =>
      disconnections.untilRead({ ...UNNAMED, scopes: [scopes], parameters: {}, generation: 0 }),
    lookAgain: () => disconnections.lookAgain(UNNAMED),
    ports,
    settle: () => settleRevocation(UNNAMED, ports),
    settleDue: (id = disconnectionIdOf(UNNAMED)) => disconnections.settle(id),
    cancelOpen: () => disconnections.cancelOpen(who),
    /** @param before is called before the first write of the record */
    async endLate(token: string, before?: () => Promise<unknown>, scopes = SCOPES, account?: string) {
      beforeWrite = before
      await disconnections.endLate({ ...who, account }, [{ scopes, parameters: {} }], token)
    },
  }
}

export type Replica = Awaited<ReturnType<typeof startReplica>>
