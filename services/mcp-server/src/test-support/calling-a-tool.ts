import type {
  AuditEvent,
  ConnectionId,
  ConnectionRecord,
  ConsentRequest,
  ConsentRequestId,
  UserRef,
} from '@agent-identity/contracts'
import type { OfferedTool } from '@agent-identity/tools'
import { type CallToolPorts, callTool } from '../tools/call-tool.ts'
import type { ToolRunOutcome } from '../tools/run-tool.ts'
import type { ToolCall } from '../tools/tool-call.ts'
import type { TokenOutcome } from '../tools/user-access.ts'

export const alice = 'a'.repeat(22) as UserRef
export const id = 'r'.repeat(22) as ConsentRequestId
const provider = {
  id: 'github',
  displayName: 'GitHub',
  credential: 'user',
  baseScopes: ['read:user'],
  scopeDescriptions: { 'read:user': 'See your profile', repo: 'See your repositories' },
  customParameters: {},
  credentialProvider: 'github',
  readOnly: true,
} as const
const tool = { name: 'list_repositories', scopes: ['repo'], does: 'read', provider } as unknown as OfferedTool
const request: ConsentRequest = {
  id,
  owner: alice,
  clientId: 'editor',
  provider: 'github',
  displayName: 'GitHub',
  scopes: 'read:user repo',
  forceAuthentication: false,
  createdAt: 1,
  expiresAt: 2,
  correlationId: 'first',
  status: 'open',
  sealedProgress: 'sealed',
}
export const token = { outcome: 'token', accessToken: 'the vendor’s' } as const
export const none = { outcome: 'none' } as const
const done: ToolRunOutcome = { outcome: 'done', result: { repositories: [] }, repeated: false }

export function world(options: {
  tokens: TokenOutcome[]
  ran?: ToolRunOutcome[]
  stored?: Partial<ConsentRequest>
  /** A request that a new one has replaced. */
  earlier?: Partial<ConsentRequest>
  startsOver?: Partial<ConsentRequest>
  /** A failed request whose client was not told. */
  failed?: Partial<ConsentRequest>
  settled?: Partial<ConsentRequest>
  /** The next request, after one that runs out of time while a call waits for it. */
  next?: Partial<ConsentRequest>
  /** Unix time in milliseconds. */
  now?: number
  isNew?: boolean
  /** The connection that another consent makes while the call asks for one. */
  meanwhile?: ConnectionRecord
  connection?: ConnectionRecord
  accounts?: CallToolPorts['accounts']
  begunIn?: Awaited<ReturnType<CallToolPorts['begunIn']>>
  /** Of the connected account. */
  asksFirst?: (account: string | undefined) => Awaited<ReturnType<CallToolPorts['asksFirst']>>
  records?: Partial<Record<string, ConnectionRecord>>
}) {
  const { tokens, ran = [done], stored = {}, settled = {}, isNew = true } = options
  let record = options.connection
  const asked: unknown[] = []
  const atAgentCore: string[] = []
  const wanted: Parameters<CallToolPorts['tokenFor']>[1][] = []
  const generations: number[] = []
  const cancelled: string[] = []
  const kept: string[] = []
  const forgotten: string[] = []
  const said: AuditEvent[] = []
  let waits = 0
  const ports: CallToolPorts = {
    offered: new Map([['github', provider]]),
    accounts: options.accounts ?? {
      choose: async (user, provider) => ({ ref: { user, provider, named: undefined }, record }),
    },
    connections: { find: async ({ named }) => options.records?.[named ?? ''] },
    begunIn: async () => options.begunIn,
    asksFirst: async (_call, account) => options.asksFirst?.(account),
    keepBegun: async ({ tool }) => void kept.push(tool.name),
    async tokenFor(_caller, access) {
      wanted.push(access)
      atAgentCore.push(access.scopes.join(' '))
      return tokens.shift() ?? none
    },
    async run(_call, _token, { generation }) {
      generations.push(generation)
      return ran.shift() ?? done
    },
    consentRequests: {
      read: async (_user, one) =>
        [stored, options.earlier ?? {}].map((changes) => ({ ...request, ...changes })).find(({ id }) => id === one),
      async ask(need) {
        asked.push(need)
        record = options.meanwhile ?? record
        const isNext = options.next && waits > 0
        return {
          outcome: 'asked',
          request: { ...request, ...stored, ...(isNext && options.next) },
          isNew: isNext || isNew,
        }
      },
      standing: async (need) =>
        options.startsOver && need.forceAuthentication ? { ...request, ...options.startsOver } : undefined,
      failed: async (need) =>
        options.failed && need.forceAuthentication === (options.failed.forceAuthentication ?? false)
          ? { ...request, ...options.failed, status: 'failed' }
          : undefined,
      forgetFailed: async (one) => void forgotten.push(one.id),
      async cancel(one) {
        if (one.status !== 'open' && one.status !== 'started') return false
        cancelled.push(one.id)
        return true
      },
    },
    async untilSettled(one) {
      waits++
      if (settled.status === 'bound') record = options.startsOver ? connection({}) : (record ?? connection({}))
      return { ...one, ...settled }
    },
    audit: (event) => void said.push(event),
    clock: () => (options.next && waits > 0 ? request.expiresAt : (options.now ?? 1)),
  }
  const call = (changes: Partial<ToolCall> = {}) =>
    callTool(
      {
        tool,
        input: {},
        caller: { user: alice, clientId: 'editor', accessToken: 'the client’s', expiresAt: 3, requestId: 'now' },
        client: { showsLinks: true, retriesUnnamed: false },
        answered: undefined,
        signal: new AbortController().signal,
        ...changes,
      },
      ports,
    )
  return { call, asked, atAgentCore, wanted, generations, cancelled, kept, forgotten, said, waits: () => waits }
}

export const connection = (changes: Partial<ConnectionRecord>): ConnectionRecord => ({
  id: 'connection1' as ConnectionId,
  status: 'connected',
  scopes: 'read:user repo',
  generation: 1,
  entries: [],
  ended: [],
  ...changes,
})

export const retry = { answered: { consentRequest: id, action: 'accept' } } as const
