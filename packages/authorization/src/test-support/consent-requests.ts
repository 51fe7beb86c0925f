import type {
  AuthorizationId,
  ConnectionRecord,
  ConsentRequest,
  ConsentRequestId,
  PendingAuthorization,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import { createLogger, randomToken } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { createConsentRequests } from '../consent-requests/ask-for-consent.ts'
import { createConsentRequestRecords } from '../consent-requests/consent-request-records.ts'
import { startConsentRequest } from '../consent-requests/start-consent-request.ts'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import { connectionRecord } from './connection.ts'
import { OFFERED } from './offered.ts'

const connectionKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const log = createLogger({ service: 'test', level: 'silent' })

/** Consent requests as the MCP server and as the agent workload have them. */
export async function consentRequestsOfTest() {
  const server = await startTestRedis()
  const redis = await server.ready()
  const records = (service: 'mcp-server' | 'agent-workload') =>
    createConsentRequestRecords({ redis, connectionKeys, service, log })
  const ofWorkload = records('agent-workload')
  const clock = { now: 1_900_000_000_000 }
  const ofServer = createConsentRequests({ redis, records: records('mcp-server'), clock: () => clock.now })
  const alice = { ref: randomToken(16) as UserRef }

  const need = (changes: Partial<ConsentRequest> = {}) => ({
    owner: alice.ref,
    clientId: 'https://client.example/metadata.json',
    provider: 'google-calendar',
    displayName: 'Google Calendar',
    scopes: 'calendar.readonly',
    forceAuthentication: false,
    correlationId: 'first-call',
    ...changes,
  })

  async function asked(changes: Partial<ConsentRequest> = {}): Promise<ConsentRequest> {
    const answer = await ofServer.ask(need(changes))
    if (answer.outcome !== 'asked') throw new Error(answer.outcome)
    return answer.request
  }

  function start(
    answer: AccessOutcome | AccessOutcome[],
    records: Partial<Record<AuthorizationId, Partial<PendingAuthorization> & { isSettled?: boolean }>> = {},
    connection?: ConnectionRecord | ConnectionRecord[],
    active?: AuthorizationId,
  ) {
    /** What consecutive reads return; the last one is repeated. */
    const connections = [connection].flat()
    const answers = [answer].flat()
    const requests: AccessRequest[] = []
    const next = async () => (connections.length > 1 ? connections.shift() : connections[0])
    const marked: string[] = []
    const joined: string[] = []
    return {
      requests,
      marked,
      joined,
      run: (id: ConsentRequestId, ref: string, userRef: UserRef = alice.ref) =>
        startConsentRequest(
          id,
          { ref: ref as UserSessionRef, userRef, requestId: 'start' },
          {
            consentRequests: ofWorkload,
            authorizations: {
              read: async (authorization) => records[authorization] as PendingAuthorization | undefined,
              findActive: async () => active,
              async join(authorization, waiter, until) {
                joined.push(waiter)
                const { status, isSettled } = records[authorization] ?? {}
                return (until === 'settled' ? isSettled : status === 'bound') ? 'bound' : 'waiting'
              },
            },
            async requestAccess(request) {
              requests.push(request)
              return (answers.length > 1 ? answers.shift() : answers[0]) as AccessOutcome
            },
            connections: {
              find: next,
              needsReauthorization: async ({ user, provider }) => void marked.push(`${user} ${provider}`),
            },
            offered: OFFERED,
            accounts: {
              choose: async (user, provider) => ({ ref: { user, provider, named: undefined }, record: await next() }),
            },
            connect: async () => ({ outcome: 'connected', record: connectionRecord({}) }),
            clock: () => clock.now,
          },
        ),
    }
  }

  return {
    ...{ server, redis, records, ofServer, ofWorkload, clock, alice, need, asked, start },
    /** From now on `alice` is another user. */
    anotherUser() {
      alice.ref = randomToken(16) as UserRef
    },
    stop: () => server.stop(),
  }
}

export const laptop = 'l'.repeat(22)
export const phone = 'p'.repeat(22)
export const at = (ref: string) => `${ref}.${'i'.repeat(22)}` as AuthorizationId
export const required = (ref: string) => ({ outcome: 'authorization-required', authorizationId: at(ref) }) as const
