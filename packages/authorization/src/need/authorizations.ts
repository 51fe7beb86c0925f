import {
  AUTHORIZATION_GRACE_SECONDS,
  AUTHORIZATIONS_OF_CLIENTS,
  type Authorization,
  type AuthorizationEnd,
  AuthorizationId,
  MOST_LIVE_STARTS,
  MOST_WAITS,
  normalizeScopes,
  type ProviderId,
  type StartId,
  splitScopes,
  type TurnId,
  type UserRef,
  type UserSessionRef,
  type WaiterId,
} from '@agent-identity/contracts'
import type { Audit } from '@agent-identity/service-runtime'
import { change, type Ledger } from '../ledger.ts'

export type Need = Pick<
  Authorization,
  'owner' | 'provider' | 'displayName' | 'userSession' | 'client' | 'connection' | 'hint' | 'chooser' | 'correlationId'
>

/** What waits for it, and for which scopes. */
export interface Wait {
  waiter: WaiterId
  scopes: readonly string[]
}

export type Opened = { outcome: 'open'; authorization: Authorization; isNew: boolean } | { outcome: 'too-many' }

/** For the audit trail. Absent: the request that the authorization was made in. */
export interface EndedBy {
  requestId: string
  userSession?: UserSessionRef | undefined
}

export const isOpen = ({ end, expiresAt }: Authorization, now: number): boolean => end === undefined && now < expiresAt

/** The scopes of everything that waits. */
export const scopesWaitedFor = ({ waits }: Pick<Authorization, 'waits'>): string[] =>
  normalizeScopes(...waits.map(({ scopes }) => splitScopes(scopes)))

export const aboutAuthorization = (one: Authorization) => ({
  authorizationId: one.id,
  correlationId: one.correlationId,
  provider: one.provider,
  scopes: scopesWaitedFor(one),
})

/** Step 4: what users still have to consent to, and what waits for it. */
export function createAuthorizations(ports: {
  ledger: Ledger<Authorization>
  /** Written before the record that it is about. */
  look(owner: UserRef, id: AuthorizationId, at: number): Promise<void>
  ttlMs: number
  /** Of a user session. */
  most: number
  /** 128 random bits, base64url. */
  newId(): string
  audit: Audit
  clock(): number
}) {
  const { ledger, look, ttlMs, most, newId, audit, clock } = ports
  const keptUntil = ({ expiresAt }: Authorization) => expiresAt + AUTHORIZATION_GRACE_SECONDS * 1_000

  async function read(owner: UserRef, id: AuthorizationId): Promise<Authorization | undefined> {
    const { value } = await ledger.read(owner, id)
    return value?.owner === owner && value.id === id ? value : undefined
  }

  /** @param next returns undefined to leave the record */
  const update = (owner: UserRef, id: AuthorizationId, next: (now: Authorization) => Authorization | undefined) =>
    change(ledger, [owner, id], (value) => {
      const changed = value && next(value)
      return changed && { value: changed, expiresAt: keptUntil(changed) }
    })

  /** The oldest first. */
  async function list(owner: UserRef): Promise<Authorization[]> {
    const ids = (await ledger.list(owner)).flatMap((id) => AuthorizationId.safeParse(id).data ?? [])
    const found = await Promise.all(ids.map((id) => read(owner, id)))
    return found
      .flatMap((one) => one ?? [])
      .toSorted((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1))
  }

  const listOpen = async (owner: UserRef) => (await list(owner)).filter((one) => isOpen(one, clock()))

  async function join(
    owner: UserRef,
    id: AuthorizationId,
    { waiter, scopes }: Wait,
  ): Promise<Authorization | undefined> {
    let known: Authorization | undefined
    const joined = await update(owner, id, (now) => {
      known = undefined
      if (!isOpen(now, clock())) return undefined
      const before = now.waits.find((one) => one.waiter === waiter)
      const wait = { waiter, scopes: normalizeScopes(splitScopes(before?.scopes), scopes).join(' ') }
      if (before?.scopes === wait.scopes) {
        known = now
        return undefined
      }
      // One more would make a record that does not open.
      if (!before && now.waits.length >= MOST_WAITS) return undefined
      return { ...now, waits: [...now.waits.filter((one) => one !== before), wait] }
    })
    return joined ?? known
  }

  const actorOf = (one: Authorization, by?: EndedBy) => ({
    user: one.owner,
    userSession: by?.userSession ?? one.userSession,
    ...(one.client && { clientId: one.client.clientId }),
    requestId: by?.requestId ?? one.correlationId,
  })

  return {
    read,
    list,
    listOpen,

    /** @returns the authorization, or undefined when it is not open any more, or no more may wait for it */
    join,

    /** One for each need of a user session, or of a client of the user: two tabs never cause two consents. */
    async open(need: Need, wait?: Wait, turnId?: TurnId): Promise<Opened> {
      const { owner } = need
      const limit = need.userSession === undefined ? AUTHORIZATIONS_OF_CLIENTS : most
      for (;;) {
        const open = await listOpen(owner)
        const [same] = open.filter((one) => isSameNeed(one, need))
        if (same) {
          const authorization = wait ? await join(owner, same.id, wait) : same
          if (authorization) return { outcome: 'open', authorization, isNew: false }
          if (same.waits.length >= MOST_WAITS) return { outcome: 'too-many' }
          continue
        }
        if (open.filter((one) => one.userSession === need.userSession).length >= limit) return { outcome: 'too-many' }
        const now = clock()
        const authorization: Authorization = {
          ...need,
          id: AuthorizationId.parse(newId()),
          waits: wait ? [{ waiter: wait.waiter, scopes: normalizeScopes(wait.scopes).join(' ') }] : [],
          starts: [],
          opened: 0,
          createdAt: now,
          expiresAt: now + ttlMs,
        }
        await look(owner, authorization.id, authorization.expiresAt)
        const nothing = { value: undefined, stored: '' }
        const written = await ledger.write(owner, authorization.id, nothing, authorization, keptUntil(authorization))
        if (!written) continue
        // This process stood still: a look in the meantime has found nothing.
        if (clock() >= authorization.expiresAt) await look(owner, authorization.id, clock())
        // Another call may have opened one meanwhile: of two, the older one stands.
        const [first] = (await listOpen(owner)).filter((one) => isSameNeed(one, need))
        const stands = first === undefined || first.id === authorization.id
        if (stands || !(await ledger.write(owner, authorization.id, written, undefined))) {
          audit({
            event: 'authorization_created',
            ...actorOf(authorization),
            ...aboutAuthorization(authorization),
            ...(turnId && { turnId }),
          })
          return { outcome: 'open', authorization, isNew: true }
        }
      }
    },

    /** @returns the one that is open for the same need */
    async find(need: Pick<Need, 'owner' | SameNeed>) {
      return (await listOpen(need.owner)).find((one) => isSameNeed(one, need))
    },

    /** The oldest start beyond three is dropped: it is in the result, and not in the record. */
    async addStart(owner: UserRef, id: AuthorizationId, start: StartId, expiresAt: number) {
      let dropped: StartId[] = []
      const authorization = await update(owner, id, (now) => {
        if (!isOpen(now, clock()) || now.opened >= MOST_STARTS) return undefined
        const all = [...now.starts, start]
        dropped = all.slice(0, -MOST_LIVE_STARTS)
        return {
          ...now,
          starts: all.slice(-MOST_LIVE_STARTS),
          opened: now.opened + 1,
          expiresAt: Math.max(now.expiresAt, expiresAt),
        }
      })
      return authorization && { authorization, dropped }
    },

    /** @returns how it ended, which may have been decided before, or undefined when it is gone */
    async end(
      owner: UserRef,
      id: AuthorizationId,
      end: AuthorizationEnd,
      by?: EndedBy,
    ): Promise<Authorization | undefined> {
      const ended = await update(owner, id, (now) => (now.end ? undefined : { ...now, end }))
      // A denial is in the trail of session binding, and a connection in that of the connections.
      if (ended && end.outcome === 'failed' && (end.code === 'cancelled' || end.code === 'expired'))
        audit({ event: end.code, ...actorOf(ended, by), ...aboutAuthorization(ended) })
      return ended ?? read(owner, id)
    },

    /** What waited has been told. */
    forgetWaits: (owner: UserRef, id: AuthorizationId) =>
      update(owner, id, (now) => (now.waits.length > 0 ? { ...now, waits: [] } : undefined)),

    /** Of an erased user. */
    async erase(owner: UserRef): Promise<void> {
      for (const one of await list(owner))
        while (!(await ledger.write(owner, one.id, await ledger.read(owner, one.id), undefined)));
    },

    isConsenting: async (owner: UserRef, provider: ProviderId): Promise<boolean> =>
      (await listOpen(owner)).some((one) => one.provider === provider && one.starts.length > 0),
  }
}

/** Of one authorization. Each has cost a request to AgentCore. */
export const MOST_STARTS = 10

type SameNeed = 'provider' | 'userSession' | 'client' | 'connection' | 'hint' | 'chooser'

const isSameNeed = (one: Pick<Need, SameNeed>, other: Pick<Need, SameNeed>): boolean =>
  one.provider === other.provider &&
  one.userSession === other.userSession &&
  one.client?.clientId === other.client?.clientId &&
  one.connection === other.connection &&
  one.hint === other.hint &&
  one.chooser === other.chooser

export type Authorizations = ReturnType<typeof createAuthorizations>
