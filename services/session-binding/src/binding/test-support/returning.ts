import {
  AuthorizationId,
  StartId,
  type StoredStart,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { browserHash, sha256 } from '@agent-identity/service-runtime'
import { type BindingEnd, type BindSessionPorts, bindSession } from '../bind-session.ts'
import type { Caller } from '../binding-checks.ts'
import type { BindingAudit } from '../binding-trail.ts'
import { parseReturn } from '../returned-parameters.ts'

export const NOW = 1_900_000_000_000
export const session = 'A'.repeat(22) as UserSessionRef
export const otherSession = 'B'.repeat(22) as UserSessionRef
export const alice = 'a'.repeat(22) as UserRef
export const bob = 'b'.repeat(22) as UserRef
export const authorization = AuthorizationId.parse('z'.repeat(22))
export const id = StartId.parse(`${session}.${'i'.repeat(22)}`)
export const state = `${id}.${'s'.repeat(43)}`
export const otherState = `${id}.${'t'.repeat(43)}`
export const sessionUri = 'urn:ietf:params:oauth:request_uri:alices'
export const browser = 'x'.repeat(43)

export const caller: Caller = {
  userSession: session,
  user: alice,
  browserHash: browserHash(browser, session),
  browserSecret: browser,
}
export const pending: StoredStart = {
  id,
  authorization,
  status: 'pending',
  owner: alice,
  provider: 'github',
  displayName: 'GitHub',
  entry: { credentialProvider: 'github', scopes: 'repo', parameters: { connection_label: 'label' } },
  asOf: 0,
  createdAt: NOW - 1_000,
  expiresAt: NOW + 1_000,
  stateHash: sha256(state),
  sessionUriHash: sha256(sessionUri),
  correlationId: 'the-turn',
  browserHash: browserHash(browser, session),
  sealedProgress: 'x',
  sealedIdentityArtifact: 'sealed',
}

type Reply = Awaited<ReturnType<BindSessionPorts['identity']['completeAuthorization']>>['outcome']

/** `done`: what was done with the record and at AgentCore, in order. */
export function returning(options: { record?: Partial<StoredStart> | null; reply?: Reply; now?: number } = {}) {
  let record: StoredStart | undefined = options.record === null ? undefined : { ...pending, ...options.record }
  const done: string[] = []
  const said: Parameters<BindingAudit>[0][] = []
  /** Each audit line, with the last step before it. */
  const saidAfter: [string, string | undefined][] = []
  const ports: BindSessionPorts = {
    starts: {
      read: async () => record,
      openIdentityArtifact: () => ({ kind: 'user-id', userId: 'local+alice' }),
      async claim() {
        if (record?.status !== 'pending') return undefined
        done.push('claim')
        record = { ...record, status: 'binding', bindingEndsAt: NOW + 20_000 }
        return record
      },
      async recordOutcome(seen, end, onRecorded) {
        if (record?.status !== seen.status) return { isNew: false, record }
        done.push(`record ${end}`)
        record = { ...record, ...STATUS_OF[end] }
        onRecorded?.()
        return { isNew: true, record }
      },
      untilOutcome: async () => record,
    },
    identity: {
      async completeAuthorization(request) {
        done.push(`complete ${request.sessionUri}`)
        return { outcome: options.reply ?? 'completed', awsRequestId: 'aws-1' }
      },
    },
    audit(event) {
      said.push(event)
      saidAfter.push([event.event, done.at(-1)])
    },
    clock: () => options.now ?? NOW,
  }
  const returns = (query: Record<string, unknown> = { state, session_id: sessionUri }, who: Caller | null = caller) =>
    bindSession(parseReturn(query), who ?? undefined, ports)
  return { done, ports, returns, record: () => record, said, saidAfter }
}

const STATUS_OF = {
  bound: { status: 'bound' },
  denied: { status: 'failed', failure: 'denied' },
  refused: { status: 'failed', failure: 'refused' },
  unconfirmed: { status: 'unconfirmed' },
  'left-its-browser': { status: 'failed' },
} as const satisfies Record<BindingEnd, object>
