import { setTimeout } from 'node:timers/promises'
import type { AccessTokenOutcome, WorkloadIdentity } from '@agent-identity/agentcore-identity'
import {
  AGENTCORE_AUTHORIZATION_SECONDS,
  type AuditEvent,
  type Authorization,
  type AuthorizationEnd,
  type AuthorizationId,
  CONNECTION_CHANGED_CHANNEL,
  type ConnectionId,
  connectionsOf,
  DUE_KEY,
  type OfferedProvider,
  StartId,
  type UserRef,
} from '@agent-identity/contracts'
import { createLogger, randomToken } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import type { OfferedTool } from '@agent-identity/tools'
import { afterAll, expect } from '@jest/globals'
import { type CallToolPorts, callTool } from '../tools/call-tool.ts'
import type { ToolRunOutcome } from '../tools/run-tool.ts'
import type { ToolCall } from '../tools/tool-call.ts'
import { composeUserAccess } from '../tools/user-access.ts'

const server = await startTestRedis()
const redis = await server.ready()
const subscriber = server.connect()
// Each world listens.
subscriber.setMaxListeners(0)
afterAll(() => server.stop())

const provider: OfferedProvider = {
  id: 'github' as OfferedProvider['id'],
  displayName: 'GitHub',
  credential: 'user',
  baseScopes: ['read:user'],
  scopeDescriptions: { 'read:user': 'See your profile', repo: 'See your repositories' },
  customParameters: {},
  credentialProvider: 'github',
  readOnly: true,
}
const tool = { name: 'list_repositories', scopes: ['repo'], does: 'read', provider } as unknown as OfferedTool
const done: ToolRunOutcome = { outcome: 'done', result: { repositories: [] }, repeated: false }

export const NO_LINKS = { client: { showsLinks: false, retriesUnnamed: false } }
export const OF_2025 = { client: { showsLinks: true, retriesUnnamed: true } }

interface Account {
  account?: string
  scopes?: string
  granted?: string
  /** Of the consent; absent: one of its own. */
  expected?: ConnectionId
}

/** One user, with the real records. What the agent workload does is done by hand. */
export function world(
  options: {
    /** How the tool's calls to the vendor end; then they succeed. */
    ran?: (ToolRunOutcome | (() => Promise<ToolRunOutcome>))[]
    /** Happens while a call waits. */
    meanwhile?: (authorization: AuthorizationId) => Promise<unknown>
    begunIn?: (connections: Record<string, ConnectionId>) => Awaited<ReturnType<CallToolPorts['begunIn']>>
    asksFirst?: (account: string | undefined) => Awaited<ReturnType<CallToolPorts['asksFirst']>>
    /** Happens after the call has read the connections first. */
    overtakes?: () => Promise<unknown>
  } = {},
) {
  const user = randomToken(16) as UserRef
  const who = { user, requestId: 'workload' }
  const ran = options.ran ?? []
  let now = Date.now()
  const clock = () => now
  /** By account. */
  const ids: Record<string, ConnectionId> = {}
  const atAgentCore: string[] = []
  const ranWith: string[] = []
  const generations: number[] = []
  const kept: string[] = []
  const said: AuditEvent[] = []
  const answers: { vault: AccessTokenOutcome['outcome'] } = { vault: 'token' }
  let waits = 0
  let reads = 0

  const identity = {
    mintWorkloadAccessToken: async () => ({ outcome: 'minted', workloadAccessToken: 'w' }),
    async requestAccessToken({ customParameters: { connection_label: label = '' } }) {
      atAgentCore.push(label)
      return { outcome: answers.vault, accessToken: `token of ${label}` } as AccessTokenOutcome
    },
  } as Partial<WorkloadIdentity> as WorkloadIdentity
  const access = composeUserAccess({
    ...{ redis, subscriber, identity, clock },
    connectionKeys: { sealWith: 'k', keys: { k: 'k'.repeat(43) } },
    offered: new Map([[provider.id, provider]]),
    returnUrl: 'https://app.example/binding',
    ttlSeconds: 600,
    audit: (event) => void said.push(event),
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  const { connections, authorizations } = access

  const ports: CallToolPorts = {
    ...access,
    offered: new Map([[provider.id, provider]]),
    connections: {
      async read(...of) {
        const at = await connections.read(...of)
        if (reads++ === 0) await options.overtakes?.()
        return at
      },
    },
    async untilChanged(of, read, isUnderWay, signal) {
      waits++
      const news = access.untilChanged(of.owner, of.provider, read, isUnderWay, {
        // Longer than a test may take; and not at all where nothing happens.
        waitMs: options.meanwhile ? 600_000 : 1,
        signal,
      })
      if (!options.meanwhile) return news
      if (await Promise.race([news, setTimeout(20)])) throw new Error('It did not wait')
      await options.meanwhile(of.id)
      return news
    },
    begunIn: async () => options.begunIn?.(ids),
    asksFirst: async (_call, account) => options.asksFirst?.(account),
    keepBegun: async (call) => void kept.push(call.tool.name),
    async run(_call, accessToken, connection) {
      ranWith.push(accessToken)
      generations.push(connection.generation)
      const how = ran.shift() ?? done
      return typeof how === 'function' ? how() : how
    },
    clock,
  }

  /** Each account has the entry of its last consent; the label is its name and a number. */
  async function connect({ account = 'alice', scopes = 'read:user repo', granted = scopes, expected }: Account = {}) {
    const arrived = await connections.arrive(who, provider.id, {
      entry: {
        ...{ credentialProvider: 'github', scopes },
        parameters: { connection_label: `${account} ${randomToken(4)}` },
      },
      ...{ account: `id of ${account}`, name: account, granted, expected },
      ...{ since: now, asOf: (await connections.read(user, provider.id)).generation, isNeeded: true },
    })
    if (!('connection' in arrived)) throw new Error(arrived.outcome)
    ids[account] = arrived.connection.id
    return arrived.connection
  }

  async function end(id: AuthorizationId, how: AuthorizationEnd) {
    await authorizations.end(user, id, how)
    await redis.publish(CONNECTION_CHANGED_CHANNEL, connectionsOf(user, provider.id))
  }

  return {
    user,
    who,
    access,
    ids,
    answers,
    atAgentCore,
    ranWith,
    generations,
    kept,
    said,
    waits: () => waits,
    advance: (ms: number) => {
      now += ms
    },
    connect,
    authorizationsNow: () => authorizations.list(user),
    at: () => connections.read(user, provider.id),
    read: async (id: AuthorizationId) => (await authorizations.read(user, id)) as Authorization,
    /** Its user opens the link. */
    open: (id: AuthorizationId) =>
      authorizations.addStart(user, id, newStart(), now + AGENTCORE_AUTHORIZATION_SECONDS * 1_000),
    /** Its user consents, and the consent is settled. */
    async consent(id: AuthorizationId, account: Account = {}) {
      const { connection: expected } = (await authorizations.read(user, id)) as Authorization
      const { scopes = 'read:user repo' } = account
      const { id: connection } = await connect({ ...account, ...(expected && { expected }) })
      await end(id, { outcome: 'connected', by: newStart(), connection, scopes })
    },
    fail: (id: AuthorizationId, code: 'denied' | 'cancelled' | 'expired' | 'failed') =>
      end(id, { outcome: 'failed', code }),
    disconnect: (account: string) => connections.end(who, provider.id, ids[account]),
    /** When the agent workload is to look at it. */
    dueAt: async (id: AuthorizationId) => Number(await redis.zscore(DUE_KEY, `authorization ${user} ${id}`)) - now,
    call: (changes: Partial<ToolCall> = {}) =>
      callTool(
        {
          tool,
          input: {},
          caller: { user, clientId: 'editor', accessToken: user, expiresAt: now + 3_600_000, requestId: 'now' },
          client: { name: 'Editor', showsLinks: true, retriesUnnamed: false },
          answered: undefined,
          signal: new AbortController().signal,
          ...changes,
        },
        ports,
      ),
  }
}

export type World = ReturnType<typeof world>

const newStart = () => StartId.parse(`${randomToken(16)}.${randomToken(16)}`)

export const naming = (authorization: AuthorizationId, action: 'accept' | 'decline' | 'cancel' = 'accept') => ({
  answered: { authorization, action },
})

/** A first call, which asks. */
export async function asked(of: World, changes: Partial<ToolCall> = {}): Promise<AuthorizationId> {
  const outcome = await of.call(changes)
  if (outcome.outcome !== 'consent-needed' && outcome.outcome !== 'consent-elsewhere') throw new Error(outcome.outcome)
  return outcome.authorization.id
}

/** Nothing was asked for, of anybody. */
export async function untouched(of: World): Promise<void> {
  expect(await of.authorizationsNow()).toEqual([])
  expect([of.atAgentCore, of.ranWith]).toEqual([[], []])
}
