import {
  type Connection,
  ConnectionId,
  type ConnectionsAt,
  type DisconnectOutcome,
  type Entry,
  type Left,
  NO_CONNECTIONS,
  type ProviderId,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { type Audit, randomToken, sha256 } from '@agent-identity/service-runtime'
import { isSameEntry } from '../entry.ts'
import { change, type Ledger } from '../ledger.ts'
import * as decide from './decide.ts'

export interface Who {
  user: UserRef
  userSession?: UserSessionRef | undefined
  requestId: string
}

export type Arrived =
  | { outcome: 'connected' | 'wrong-account'; connection: Connection }
  | { outcome: 'ended' | 'account-is-connected' | 'too-many' }

/** A process that dies before the record is written leaves a look for nothing. */
const LOOK_AFTER_MS = 1_000

/** A record that does not open: no earlier consent connects, because the floor is made from what is there. */
const unreadable = (stored: string): ConnectionsAt => {
  const generation = Buffer.from(sha256(stored), 'base64url').readUIntBE(0, 5)
  return { ...NO_CONNECTIONS, generation, floor: generation }
}

/** The user's pointers at each provider. Each change is one write, with what the pointer leaves. */
export function createConnections(ports: {
  ledger: Ledger<ConnectionsAt>
  /** What was left is looked at then (Unix, ms). Written before the record that it is about. */
  look(user: UserRef, provider: ProviderId, at: number): Promise<void>
  /** Tells every replica that calls with these connections have to be compared. */
  tellChanged(user: UserRef, provider: ProviderId): Promise<void>
  audit: Audit
  clock(): number
}) {
  const { ledger, look, tellChanged, audit, clock } = ports
  const opened = (value: ConnectionsAt | undefined, stored: string): ConnectionsAt =>
    value ?? (stored === '' ? NO_CONNECTIONS : unreadable(stored))
  const by = ({ userSession, requestId }: Who): decide.LeftBy => ({
    ...(userSession === undefined ? {} : { userSession }),
    requestId,
    since: clock(),
  })

  async function update(
    user: UserRef,
    provider: ProviderId,
    next: (at: ConnectionsAt) => ConnectionsAt | undefined,
  ): Promise<ConnectionsAt | undefined> {
    const written = await change(ledger, [user, provider], (value, stored) => {
      const at = next(opened(value, stored))
      return at && { value: at }
    })
    if (written) await tellChanged(user, provider)
    return written
  }

  /** For changes that may leave an entry. */
  async function leaving(...args: Parameters<typeof update>): Promise<ConnectionsAt | undefined> {
    const [user, provider] = args
    await look(user, provider, clock() + LOOK_AFTER_MS)
    const written = await update(...args)
    if (written) await look(user, provider, clock())
    return written
  }

  return {
    async read(user: UserRef, provider: ProviderId): Promise<ConnectionsAt> {
      const { value, stored } = await ledger.read(user, provider)
      return opened(value, stored)
    },

    /** Step 10. */
    async arrive(who: Who, provider: ProviderId, came: Omit<decide.Came, 'newId' | 'by'>): Promise<Arrived> {
      const newId = ConnectionId.parse(randomToken(8))
      let arrival: decide.Arrival | undefined
      await leaving(who.user, provider, (at) => {
        arrival = decide.arrive(at, { ...came, newId, by: by(who) })
        return arrival.next
      })
      if (!arrival) throw new Error('No arrival was decided')
      if ('connection' in arrival && arrival.next && isSameEntry(arrival.connection.entry, came.entry))
        audit({
          event: arrival.outcome === 'connected' ? 'account_connected' : 'wrong_account_connected',
          ...ofAccount(who, provider, arrival.connection),
        })
      return arrival
    },

    /** Nothing was made of this consent, and nothing points to its entry. Safe to repeat. */
    leave: (who: Who, provider: ProviderId, entry: Entry, notBefore?: number) =>
      leaving(who.user, provider, (at) =>
        decide.leave(at, { ...by(who), entry, why: 'unused', ...(notBefore === undefined ? {} : { notBefore }) }),
      ),

    /**
     * Once it has returned, no call begins with these connections on any replica, and no consent from before connects them.
     *
     * @param id absent: all of this provider
     * @returns those that have ended now
     */
    async end(who: Who, provider: ProviderId, id?: ConnectionId): Promise<Connection[]> {
      let ending: ConnectionId[] = []
      const next = await leaving(who.user, provider, (at) => {
        ending = at.connections.flatMap((one) => (one.entry && (id ?? one.id) === one.id ? [one.id] : []))
        return id !== undefined && ending.length === 0 ? undefined : decide.end(at, id, by(who))
      })
      const ended = next?.connections.filter((one) => ending.includes(one.id)) ?? []
      for (const one of ended) audit({ event: 'connection_latched', ...who, provider, accountId: one.id })
      return ended
    },

    needsReauthorization: (user: UserRef, provider: ProviderId, id: ConnectionId, entry: Entry) =>
      update(user, provider, (at) => decide.needsReauthorization(at, id, entry)),

    /** @returns undefined when there is nothing to accept, or it is not what the user saw */
    async accept(
      who: Who & { userSession: UserSessionRef },
      provider: ProviderId,
      id: ConnectionId,
      seen: number,
    ): Promise<Connection | undefined> {
      const at = await update(who.user, provider, (now) => decide.accept(now, id, seen))
      const accepted = at && decide.find(at, id)
      if (accepted) audit({ event: 'account_accepted', ...ofAccount(who, provider, accepted) })
      return accepted
    },

    /** @returns undefined when somebody else has dealt with it */
    leftBecomes: (user: UserRef, provider: ProviderId, left: Left, next: Left | undefined) =>
      update(user, provider, (at) => decide.leftBecomes(at, left, next)),

    async outcome(who: Who, provider: ProviderId, of: NonNullable<Left['of']>, became: DisconnectOutcome) {
      const written = await update(who.user, provider, (at) => decide.outcome(at, of, became))
      if (written) audit({ event: 'disconnected', ...who, provider, accountId: of.connection, outcome: became })
    },

    /**
     * Of an erased user: names and ids of what has ended. The generation stays: no consent from before connects.
     *
     * @returns `later` while a connection is still being ended
     */
    async forget(user: UserRef, provider: ProviderId): Promise<'forgotten' | 'later'> {
      const at = await update(user, provider, (now) => decide.forget(now))
      const { connections } = at ?? (await this.read(user, provider))
      return connections.some(({ status }) => status === 'disconnecting') ? 'later' : 'forgotten'
    },

    makeDefault: (user: UserRef, provider: ProviderId, id: ConnectionId) =>
      update(user, provider, (at) => (decide.isLive(decide.find(at, id)) ? { ...at, byDefault: id } : undefined)),
  }
}

const ofAccount = (who: Who, provider: ProviderId, { id, account, name }: Connection) => ({
  user: who.user,
  // A consent is given in a user session.
  userSession: who.userSession as UserSessionRef,
  requestId: who.requestId,
  provider,
  accountId: id,
  ...(account || name ? { account: `${provider} ${account || name}` } : {}),
})

export type Connections = ReturnType<typeof createConnections>
