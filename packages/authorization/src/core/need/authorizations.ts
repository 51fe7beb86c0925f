import { normalizeScopes, type ProviderId, splitScopes, type UserRef, type WaiterId } from '@agent-identity/contracts'
import { change, type Ledger } from '../ledger.ts'
import { type Authorization, type AuthorizationEnd, AuthorizationId, type StartId } from '../records.ts'

/** How long a record outlives its end: a turn that is resumed reads how it ended. */
const KEPT_MS = 600_000

export type Need = Pick<
  Authorization,
  'owner' | 'provider' | 'displayName' | 'userSession' | 'client' | 'connection' | 'hint' | 'chooser' | 'correlationId'
>

export type Opened = { outcome: 'open'; authorization: Authorization; isNew: boolean } | { outcome: 'too-many' }

export const isOpen = ({ end, expiresAt }: Authorization, now: number): boolean => end === undefined && now < expiresAt

/** The scopes of everything that waits. */
export const scopesWaitedFor = ({ waits }: Pick<Authorization, 'waits'>): string[] =>
  normalizeScopes(...waits.map(({ scopes }) => splitScopes(scopes)))

/** Step 4: what users still have to consent to, and what waits for it. */
export function createAuthorizations(ports: {
  ledger: Ledger<Authorization>
  /** Written before the record that it is about. */
  look(owner: UserRef, id: AuthorizationId, at: number): Promise<void>
  ttlMs: number
  /** Of a user session, or of a user's MCP clients together. */
  most: number
  /** 128 random bits, base64url. */
  newId(): string
  clock(): number
}) {
  const { ledger, look, ttlMs, most, newId, clock } = ports
  const keptUntil = ({ expiresAt }: Authorization) => expiresAt + KEPT_MS

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
    const ids = (await ledger.list(owner)) as AuthorizationId[]
    const found = await Promise.all(ids.map((id) => read(owner, id)))
    return found
      .flatMap((one) => one ?? [])
      .toSorted((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1))
  }

  const listOpen = async (owner: UserRef) => (await list(owner)).filter((one) => isOpen(one, clock()))

  const join = (owner: UserRef, id: AuthorizationId, waiter: WaiterId, scopes: readonly string[]) =>
    update(owner, id, (now) => {
      if (!isOpen(now, clock())) return undefined
      const before = now.waits.find((one) => one.waiter === waiter)
      const wait = { waiter, scopes: normalizeScopes(splitScopes(before?.scopes), scopes).join(' ') }
      return { ...now, waits: [...now.waits.filter((one) => one !== before), wait] }
    })

  return {
    read,
    list,
    listOpen,

    /** @returns the authorization, or undefined when it is not open any more */
    join,

    /** One for each need of a user session, or of a client of the user: two tabs never cause two consents. */
    async open(need: Need, waiter: WaiterId, scopes: readonly string[]): Promise<Opened> {
      const { owner } = need
      for (;;) {
        const open = await listOpen(owner)
        const [same] = open.filter((one) => isSameNeed(one, need))
        if (same) {
          const authorization = await join(owner, same.id, waiter, scopes)
          if (authorization) return { outcome: 'open', authorization, isNew: false }
          continue
        }
        if (open.filter((one) => one.userSession === need.userSession).length >= most) return { outcome: 'too-many' }
        const now = clock()
        const authorization: Authorization = {
          ...need,
          id: AuthorizationId.parse(newId()),
          waits: [{ waiter, scopes: normalizeScopes(scopes).join(' ') }],
          starts: [],
          opened: 0,
          createdAt: now,
          expiresAt: now + ttlMs,
        }
        await look(owner, authorization.id, authorization.expiresAt)
        const nothing = { value: undefined, stored: '' }
        const written = await ledger.write(owner, authorization.id, nothing, authorization, keptUntil(authorization))
        if (!written) continue
        // Another call may have opened one meanwhile: of two, the older one stands.
        const [first] = (await listOpen(owner)).filter((one) => isSameNeed(one, need))
        const stands = first === undefined || first.id === authorization.id
        if (stands || !(await ledger.write(owner, authorization.id, written, undefined)))
          return { outcome: 'open', authorization, isNew: true }
      }
    },

    /** @returns the one that is open for the same need */
    async find(need: Pick<Need, 'owner' | 'provider' | 'userSession' | 'client' | 'connection'>) {
      return (await listOpen(need.owner)).find((one) => isSameNeed(one, need))
    },

    /** The oldest start beyond three is dropped: it is in the result of `update`, and not in the record. */
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
    async end(owner: UserRef, id: AuthorizationId, end: AuthorizationEnd): Promise<Authorization | undefined> {
      const ended = await update(owner, id, (now) => (now.end ? undefined : { ...now, end }))
      return ended ?? read(owner, id)
    },

    isConsenting: async (owner: UserRef, provider: ProviderId): Promise<boolean> =>
      (await listOpen(owner)).some((one) => one.provider === provider && one.starts.length > 0),
  }
}

const MOST_LIVE_STARTS = 3
/** Of one authorization. Each has cost a request to AgentCore. */
export const MOST_STARTS = 10

const isSameNeed = (
  one: Pick<Need, 'provider' | 'userSession' | 'client' | 'connection'>,
  other: Pick<Need, 'provider' | 'userSession' | 'client' | 'connection'>,
): boolean =>
  one.provider === other.provider &&
  one.userSession === other.userSession &&
  one.client?.clientId === other.client?.clientId &&
  one.connection === other.connection

export type Authorizations = ReturnType<typeof createAuthorizations>
