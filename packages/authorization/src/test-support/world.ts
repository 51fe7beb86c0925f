import {
  type Authorization,
  type AuthorizationId,
  type Connection,
  type ConnectionId,
  type ConnectionsAt,
  type OfferedProvider,
  type ProviderId,
  type StartId,
  type UserRef,
  type UserSessionRef,
  userSessionRefOf,
  type WaiterId,
} from '@agent-identity/contracts'
import { createCalls } from '../connections/calls.ts'
import { createConnections } from '../connections/connections.ts'
import { isLive } from '../connections/decide.ts'
import { disconnect } from '../connections/disconnect.ts'
import { type SettleLeftPorts, settleLeft } from '../ending/settle-left.ts'
import { isSameEntry } from '../entry.ts'
import type { Later } from '../later.ts'
import { type Access, type Asker, access, type Wanted } from '../need/access.ts'
import { createAuthorizations } from '../need/authorizations.ts'
import { callOffAtSignOut } from '../need/sign-out.ts'
import { createProbe } from '../settle/probe-label.ts'
import { settleAuthorization } from '../settle/settle-authorization.ts'
import { endAuthorization, type SettlePorts, settleStart } from '../settle/settle-start.ts'
import { type Started, startAuthorization } from '../start/start-authorization.ts'
import { createMemoryLedger, createMemoryStarts } from './memory.ts'
import { createOutside, SESSIONS, type Token, type Trip } from './outside.ts'

const ALICE = 'a'.repeat(22) as UserRef
export const PROVIDER: OfferedProvider = {
  id: 'github',
  displayName: 'GitHub',
  credential: 'user',
  credentialProvider: 'github',
  baseScopes: [],
  scopeDescriptions: { read: 'read it', write: 'change it' },
  customParameters: {},
  accountChoice: { hint: 'login', chooser: { prompt: 'select_account' } },
  readOnly: false,
}

export interface Turn {
  asker: Asker
  wanted: Wanted
  asked: Map<string, AuthorizationId>
  waitsFor?: AuthorizationId | undefined
  /** How its last access ended. */
  over?: Access['outcome'] | 'answered' | 'not begun'
  rejections: number
}

/**
 * The real code around a vault, a vendor, a Redis and people in memory.
 *
 * @param of.step each port waits for it
 * @param of.isAway whether AgentCore or the vendor does not answer now
 * @param of.entries `shared`: the label is not part of the vault's key
 */
export function createWorld(of: {
  step(): Promise<void>
  isAway(): boolean
  run(work: () => Promise<unknown>): void
  entries: 'separate' | 'shared'
  vendorEnds: 'token' | 'grant'
  revokesSuperseded?: true | undefined
  /** Within the process that has asked the vendor. */
  onRevoked?(token: Token): void
  provider?: OfferedProvider
}) {
  const { step, isAway, run, provider = PROVIDER } = of
  let now = 1_000
  const clock = () => now
  let n = 0

  /** What the user knows: when an account was last ended, and when they last said "Use it". */
  const endedAt = new Map<string, number>()
  const acceptedAt = new Map<string, number>()

  const outside = createOutside({ ...of, clock, expiresAt: (id) => starts.get(id)?.expiresAt ?? 0 })
  const { agentcore, tokens, trips, signedIn, keyOf, complete, kill } = outside
  const alarms: string[] = []
  const revoked: string[] = []
  // --- Redis
  /** A process that has looked moves an entry only if it has not been moved since. */
  const due = new Map<string, { at: number }>()
  async function look(at: number, kind: 'start' | 'authorization' | 'left', ...id: string[]): Promise<void> {
    await step()
    due.set([kind, ...id].join(' '), { at })
  }

  const connectionRecords = createMemoryLedger<ConnectionsAt>(step, (before, next) => {
    for (const one of before?.connections ?? []) {
      const after = next?.connections.find(({ id }) => id === one.id)
      if (one.entry && !after?.entry) endedAt.set(one.account, now)
      if (one.status === 'wrong_account' && after?.status === 'connected' && isSameEntry(one.entry, after.entry))
        acceptedAt.set(one.account, now)
    }
  })
  const authorizationRecords = createMemoryLedger<Authorization>(step)
  const at = (): ConnectionsAt | undefined => connectionRecords.values()[0]

  const { starts, records: startRecords } = createMemoryStarts({
    step,
    look: (id, time) => look(time, 'start', id),
    isSignedIn: (userSession) => signedIn.has(userSession),
  })
  // --- the code under test
  const connections = createConnections({
    ledger: connectionRecords,
    look: (user, id, time) => look(time, 'left', user, id),
    tellChanged: async (user, id) => {
      await step()
      run(() => calls.compare(user, id))
    },
    audit: () => undefined,
    clock,
  })
  const calls = createCalls({
    connections,
    uses: { keep: async () => undefined, forget: async () => undefined },
    onFailure: (err) => {
      throw err
    },
  })
  const authorizations = createAuthorizations({
    ledger: authorizationRecords,
    look: (owner, id, time) => look(time, 'authorization', owner, id),
    ttlMs: 600_000,
    most: 5,
    newId: () => `authorization-${n++}`.padEnd(22, '_'),
    audit: () => undefined,
    clock,
  })
  const probe = createProbe({ vault: agentcore, offered: () => provider, alarm: (what) => alarms.push(what) })
  const settling: SettlePorts = {
    starts: startRecords,
    authorizations,
    connections,
    vault: agentcore,
    offered: () => provider,
    async accountOf(_provider, accessToken) {
      await step()
      if (isAway()) return undefined
      const token = tokens.get(accessToken)
      if (!token || token.isDead) return { id: '', isRejected: true }
      return { id: token.account, name: `name of ${token.account}`, granted: undefined }
    },
    async tell({ id, waits }) {
      await step()
      for (const turn of turns)
        if (turn.waitsFor === id && waits.some(({ waiter }) => waiter === turn.asker.waiter)) resume(turn)
    },
    probe,
    alarm: (what) => alarms.push(what),
    audit: () => undefined,
    requestId: () => 'settling',
    clock,
  }

  const keptTokens = new Map<string, string>()
  const leaving: SettleLeftPorts = {
    connections: {
      ...connections,
      async read(user, id) {
        const read = await connections.read(user, id)
        if (!of.revokesSuperseded) return read
        // A control: what is superseded counts as ended, and it is not looked whether the account is connected.
        return {
          ...read,
          connections: read.connections.map((one) => ({ ...one, account: 'not looked at' })),
          left: read.left.map((one) => ({ ...one, why: 'ended' as const })),
        }
      },
    },
    vault: agentcore,
    tokens: {
      async read(_user, entry) {
        await step()
        return keptTokens.get(keyOf(entry))
      },
      async keep(_user, entry, accessToken) {
        await step()
        keptTokens.set(keyOf(entry), accessToken)
      },
      async forget(_user, entry) {
        await step()
        keptTokens.delete(keyOf(entry))
      },
    },
    wayOf: () => ({ by: 'token' }),
    async revoke(_provider, accessToken) {
      await step()
      if (isAway()) return 'unavailable'
      const token = tokens.get(accessToken)
      if (token) kill(token)
      revoked.push(accessToken)
      if (token) of.onRevoked?.(token)
      return 'revoked'
    },
    isConsenting: authorizations.isConsenting,
    audit: () => undefined,
    async liveSession(_user, first) {
      await step()
      return first && signedIn.has(first) ? first : [...signedIn][0]
    },
    clock,
  }
  // --- turns
  const turns: Turn[] = []
  function resume(turn: Turn): void {
    if (turn.over) return
    turn.waitsFor = undefined
    run(() => runTurn(turn))
  }

  async function runTurn(turn: Turn): Promise<void> {
    const memory = {
      async find(what: string) {
        await step()
        return turn.asked.get(what)
      },
      async keep(what: string, { id }: Authorization) {
        await step()
        turn.asked.set(what, id)
      },
    }
    let { rejected } = turn.wanted
    for (;;) {
      const ports = { connections, authorizations, vault: agentcore, asked: memory }
      const got = await access(turn.asker, provider, { ...turn.wanted, rejected }, ports)
      if (got.outcome === 'authorization-required') {
        const { id } = got.authorization
        await step()
        // One step: a turn that was told before it is suspended runs once more. If its process dies before, another one takes it over.
        if (authorizationRecords.values().find((one) => one.id === id)?.end !== undefined) resume(turn)
        else turn.waitsFor = id
        return
      }
      if (got.outcome !== 'token') {
        turn.over = got.outcome
        return
      }
      const { connection, accessToken } = got
      const answer = await calls
        .during(ALICE, provider.id, connection, async () => callVendor(accessToken, connection.id))
        .catch(() => 'not begun' as const)
      if (answer !== 'rejected' || ++turn.rejections > 3) {
        turn.over = answer === 'rejected' ? 'refused' : answer
        return
      }
      rejected = { why: 'rejected', entry: connection.entry }
    }
  }

  /** The one moment at which something can go wrong. */
  function callVendor(accessToken: string, connection: ConnectionId): 'answered' | 'rejected' {
    const token = tokens.get(accessToken)
    if (!token || token.isDead) return 'rejected'
    used.push({ token, connection: at()?.connections.find(({ id }) => id === connection) })
    return 'answered'
  }
  const used: { token: Token; connection: ConnectionsAt['connections'][number] | undefined }[] = []

  return {
    ...{ ...outside, alarms, revoked, due, turns, starts, used, endedAt, acceptedAt },
    ...{ connections, authorizations, calls, at, clock },
    authorizationsNow: authorizationRecords.values,
    advance(ms: number) {
      now += ms
    },

    ask(
      userSession: UserSessionRef,
      scopes: string[],
      more: { connection?: ConnectionId; anySession?: true } = {},
    ): Turn {
      const asker: Asker = {
        waiter: `turn-${n++}` as WaiterId,
        user: ALICE,
        userSession,
        onlyIn: more.anySession ? undefined : userSession,
        requestId: 'asking',
      }
      const turn: Turn = { asker, wanted: { scopes, connection: more.connection }, asked: new Map(), rejections: 0 }
      turns.push(turn)
      run(() => runTurn(turn))
      return turn
    },

    async open(
      id: AuthorizationId,
      userSession: UserSessionRef,
      whenOpen: 'ask' | 'instead' = 'instead',
    ): Promise<Started> {
      const opener = { user: ALICE, userSession, browserHash: 'b'.repeat(43), requestId: 'opening' }
      const started = await startAuthorization(
        id,
        opener,
        {
          ...{ authorizations, connections, starts: startRecords, vault: agentcore, clock },
          offered: () => provider,
          isAuthorizationUrl: () => true,
          isErased: async () => false,
          fail: (one, code) => endAuthorization(one, { outcome: 'failed', code }, settling),
          alarm: (what) => alarms.push(what),
        },
        whenOpen,
      )
      if (started.outcome === 'started') {
        const trip = [...trips.values()].find(({ start }) => start === started.start.id)
        if (trip) trip.expected = at()?.connections.find((one) => one.id === started.start.connection)?.account
      }
      return started
    },

    /** Session binding, as the contract says. @param late AgentCore's answer is not seen */
    async return(trip: Trip, late?: (trip: Trip) => void): Promise<void> {
      const read = await startRecords.read(trip.start)
      if (read?.status !== 'pending' || now >= read.expiresAt || !trip.consented) return
      await step()
      if (!signedIn.has(userSessionRefOf(trip.start))) return
      const claimed = await startRecords.change(read, { status: 'binding', bindingEndsAt: now + 10_000 })
      if (!claimed) return
      const answer = late ? late(trip) : complete(trip)
      await step()
      const to =
        answer === false
          ? ({ status: 'failed', failure: 'refused' } as const)
          : ({ status: late ? 'unconfirmed' : 'bound' } as const)
      if (await startRecords.change(claimed, to)) await look(now, 'start', trip.start)
    },

    settle(what: string): Promise<Later> {
      const [kind, ...id] = what.split(' ')
      if (kind === 'start') return settleStart(id[0] as StartId, settling)
      if (kind === 'authorization') return settleAuthorization(id[0] as UserRef, id[1] as AuthorizationId, settling)
      return settleLeft(id[0] as UserRef, id[1] as ProviderId, leaving)
    },

    disconnect: async (id: ConnectionId | undefined) =>
      (
        await disconnect({ user: ALICE, userSession: [...signedIn][0], requestId: 'ending' }, provider.id, id, {
          ...{ connections, authorizations, starts: startRecords, tell: settling.tell },
        })
      ).ended,

    signOut(userSession: UserSessionRef): Promise<void> {
      signedIn.delete(userSession)
      return callOffAtSignOut(ALICE, userSession, { ...settling, authorizations })
    },

    accept: ({ id, generation }: Connection) =>
      connections.accept(
        { user: ALICE, userSession: SESSIONS[0], requestId: 'accepting' },
        provider.id,
        id,
        generation,
      ),

    signIn(userSession: UserSessionRef): Promise<void> {
      signedIn.add(userSession)
      return look(now, 'left', ALICE, provider.id)
    },

    liveAccounts: () => new Set((at()?.connections ?? []).filter(isLive).map(({ account }) => account)),
  }
}

export type World = ReturnType<typeof createWorld>
