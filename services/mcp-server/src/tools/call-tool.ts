import {
  type AskedFor,
  type AskedForConsent,
  type ConsentRequests,
  needsNewConsent,
} from '@agent-identity/authorization'
import {
  CONSENT_REQUEST_TTL_SECONDS,
  type ConsentRequest,
  type ConsentRequestId,
  isLatched,
  scopesInWords,
  splitScopes,
} from '@agent-identity/contracts'
import type { Audit, Clock } from '@agent-identity/service-runtime'
import { DECLINED, LEFT_OUT, UNKNOWN_OUTCOME, UNREAD } from '@agent-identity/tools'
import type { Caller } from '../access/caller.ts'
import { hasLeftOutAll, isConnectedJustNow, type NeedOfCall, type NeedPorts, needOf } from './need-of-call.ts'
import type { AskFirst, BegunIn, CalledConnection, ToolRunOutcome } from './run-tool.ts'
import type { ToolCall } from './tool-call.ts'
import type { TokenOutcome } from './user-access.ts'

export type CallOutcome =
  /** `waitedFor`: the consent request that became `bound` while this call waited. */
  | { outcome: 'done'; result: Record<string, unknown>; repeated: boolean; waitedFor?: ConsentRequestId | undefined }
  | { outcome: 'failed'; words: string }
  | AskFirst
  /** The client is to show its user the start link. */
  | { outcome: 'consent-needed'; request: ConsentRequest; permissions: readonly string[] }
  /** The client shows no links. `why`: how the vendor refused the token, in words. */
  | {
      outcome: 'consent-elsewhere'
      request: ConsentRequest
      permissions: readonly string[]
      minutesLeft: number
      why?: string
    }

export interface CallToolPorts extends NeedPorts {
  tokenFor(caller: Caller, asked: AskedFor): Promise<TokenOutcome>
  /** Undefined when the call may be made without a question to the user. */
  asksFirst(call: ToolCall, account: string | undefined): Promise<AskFirst | undefined>
  /** @param of the connection that the token was obtained for, with its generation at that time */
  run(call: ToolCall, accessToken: string, of: CalledConnection): Promise<ToolRunOutcome>
  /** The account in which the same call has begun its change, and the result, once it was recorded. */
  begunIn(call: ToolCall): Promise<BegunIn | undefined>
  /** Lets `begunIn` find the change while the user is asked for a consent. */
  keepBegun(call: ToolCall): Promise<void>
  consentRequests: ConsentRequests
  /**
   * @returns the request as it was read last: settled, or when the time to wait is over, `signal` is aborted or the process is to end; undefined
   *   when it cannot be found
   */
  untilSettled(request: ConsentRequest, signal: AbortSignal): Promise<ConsentRequest | undefined>
  audit: Audit
  clock: Clock
}

/** When a call fails, an earlier attempt of the same call may have made the change. */
export async function callTool(call: ToolCall, ports: CallToolPorts): Promise<CallOutcome> {
  const outcome = await askAndRun(call, ports)
  if (outcome.outcome !== 'failed' || outcome.words.endsWith(UNKNOWN_OUTCOME)) return outcome
  const begun = await ports.begunIn(call)
  if (!begun) return outcome
  if (begun.result) return { outcome: 'done', result: begun.result, repeated: true }
  return failed(`${outcome.words}${UNKNOWN_OUTCOME}`)
}

/** Without a usable token, a call asks for a consent, or waits for one that was asked for before. */
async function askAndRun(call: ToolCall, ports: CallToolPorts): Promise<CallOutcome> {
  const { tool, caller, answered } = call
  const { displayName } = tool.provider
  let waitsFor = answered && (await own(answered.consentRequest, call, ports))
  if (answered && waitsFor && answered.action !== 'accept') return declined(waitsFor, call, ports)
  if (hasNotConnected(waitsFor)) return ended(waitsFor, ports)

  let waitedFor: ConsentRequestId | undefined
  for (;;) {
    // First: the account may have been disconnected since the change was made.
    const begun = await ports.begunIn(call)
    if (begun?.result) return { outcome: 'done', result: begun.result, repeated: true, waitedFor }
    const need = await needOf(call, begun ?? waitsFor?.account, ports)
    if (!need) return failed(`${displayName} is not available here.`)
    if (need === 'gone') return failed(`The ${displayName} account that this was begun in is no longer there.`)
    const { asked: wanted, connection, lacking, isForLess, offered } = need
    const { scopes } = wanted
    // What a consent has connected is known only then: the consent of an ended connection may bring another account.
    const account = isLatched(connection) ? undefined : connection?.account
    // Before a consent is asked for: it would be given for nothing.
    const question = begun ? undefined : await ports.asksFirst(call, account)
    if (question) return question
    const { showsLinks, retriesUnnamed } = call.client
    const hasWaited = waitedFor !== undefined || waitsFor?.status === 'bound'
    // A client that shows no links does not say what it has waited for.
    const isFresh = !showsLinks && isConnectedJustNow(need, ports.clock())
    if ((hasWaited && isForLess) || ((hasWaited || isFresh) && hasLeftOutAll(need)))
      return failed(LEFT_OUT(displayName, scopesInWords(offered, lacking)))
    // The vault may have a token that must not be used.
    const isNotToBeUsed = isForLess || needsNewConsent(connection, wanted)
    const token = isNotToBeUsed ? NO_TOKEN : await ports.tokenFor(caller, wanted)
    if (token.outcome === 'unavailable') return failed(UNREAD(displayName))
    const ran = token.outcome === 'token' ? await ports.run(call, token.accessToken, { ...wanted, account }) : undefined
    if (ran && ran.outcome !== 'rejected') return ran.outcome === 'done' ? { ...ran, waitedFor } : ran
    const isAllGranted = isFresh || (connection?.granted !== undefined && lacking.length === 0)
    // Another consent would not help.
    if (ran && (hasWaited || (ran.reason === 'scope-missing' && isAllGranted))) return failed(ran.words)

    if (begun) await ports.keepBegun(call)
    const permissions = scopesInWords(offered, scopes)
    const asked = await ask(call, need, ran !== undefined || isForLess, ports)
    if (asked.outcome === 'too-many')
      return failed(
        `${displayName} cannot be connected now: too many connections are being asked for already. Each request ends within ${CONSENT_REQUEST_TTL_SECONDS / 60} minutes.`,
      )
    const { request } = asked
    if (asked.outcome === 'failed') return ended(request, ports)
    // Another consent may have connected since the connection was read: decide again.
    if (asked.isNew && (await isConnectedSince(need, call, begun ?? waitsFor?.account, ports))) {
      await cancel(request, call, ports)
      continue
    }
    const notYet = (): CallOutcome =>
      showsLinks
        ? { outcome: 'consent-needed', request, permissions }
        : {
            outcome: 'consent-elsewhere',
            request,
            permissions,
            minutesLeft: minutesTo(request.expiresAt, ports.clock()),
            ...(ran && { why: ran.words }),
          }
    // A client that shows no links does not say when its user has seen the request. Once the consent has begun, the user has seen it.
    const isRetry = showsLinks
      ? waitsFor?.id === request.id || (retriesUnnamed && !asked.isNew)
      : isBeingGiven(request, ports.clock())
    if (!isRetry || waitedFor) return notYet()

    waitsFor = await ports.untilSettled(request, call.signal)
    if (hasNotConnected(waitsFor)) return ended(waitsFor, ports)
    if (waitsFor?.status !== 'bound' && ports.clock() >= request.expiresAt) continue
    if (waitsFor?.status !== 'bound') return notYet()
    waitedFor = request.id
  }
}

type NotConnected = ConsentRequest & { status: 'failed' | 'cancelled' }
const hasNotConnected = (request: ConsentRequest | undefined): request is NotConnected =>
  request?.status === 'failed' || request?.status === 'cancelled'

async function ended(request: ConsentRequest, { consentRequests }: CallToolPorts): Promise<CallOutcome> {
  const { status, code = 'failed', displayName } = request
  if (status === 'failed') await consentRequests.forgetFailed(request)
  return failed(DECLINED[status === 'failed' ? code : 'cancelled'](displayName))
}

/** The consent request that a retry names, if it is of this client and this provider. */
async function own(id: ConsentRequestId, { caller, tool }: ToolCall, { consentRequests }: CallToolPorts) {
  const request = await consentRequests.read(caller.user, id)
  return request?.clientId === caller.clientId && request.provider === tool.provider.id ? request : undefined
}

async function declined(request: ConsentRequest, call: ToolCall, ports: CallToolPorts): Promise<CallOutcome> {
  await cancel(request, call, ports)
  return failed(DECLINED.cancelled(request.displayName))
}

async function cancel(
  request: ConsentRequest,
  { caller, tool }: Pick<ToolCall, 'caller' | 'tool'>,
  ports: CallToolPorts,
): Promise<void> {
  if (await ports.consentRequests.cancel(request))
    ports.audit({ event: 'consent_request_cancelled', ...about(caller, request, tool.name) })
  // It may have failed before: then nothing is left to tell its client.
  else await ports.consentRequests.forgetFailed(request)
}

async function isConnectedSince(
  { connection }: Pick<NeedOfCall, 'connection'>,
  call: ToolCall,
  kept: ConsentRequest['account'],
  ports: CallToolPorts,
): Promise<boolean> {
  const now = await needOf(call, kept, ports)
  return now !== undefined && now !== 'gone' && now.connection?.connectedAt !== connection?.connectedAt
}

/**
 * @param forceAuthentication the token, or what was granted, was not enough. When false, a standing request to start over is returned, too:
 *   once its consent has begun, the token is not used any more, so no call sees that it was not enough.
 */
async function ask(
  { tool, caller, client }: ToolCall,
  { asked: { scopes, named }, connection }: NeedOfCall,
  forceAuthentication: boolean,
  { consentRequests, audit }: CallToolPorts,
): Promise<AskedForConsent | { outcome: 'failed'; request: ConsentRequest }> {
  const { id: provider, displayName } = tool.provider
  const need = {
    owner: caller.user,
    clientId: caller.clientId,
    provider,
    // Where nothing is connected yet, it is still open which account the user will connect.
    ...(connection ? { account: { named } } : {}),
    scopes: scopes.join(' '),
  }
  const over = {
    forceAuthentication: true,
    ...(connection?.connectedAt ? { connectedAt: connection.connectedAt } : {}),
  }
  const asks = forceAuthentication ? [over] : [...(connection ? [over] : []), { forceAuthentication }]
  for (const how of asks) {
    const request = await consentRequests.standing({ ...need, ...how })
    if (request) return { outcome: 'asked', request, isNew: false }
  }
  // A client that does not name its request is told here how it has failed, once. After a later connection that says nothing any more.
  const { connectedAt = 0 } = connection ?? {}
  for (const how of client.showsLinks && !client.retriesUnnamed ? [] : asks) {
    const request = await consentRequests.failed({ ...need, ...how })
    if (request && request.createdAt >= connectedAt) return { outcome: 'failed', request }
  }
  const answer = await consentRequests.ask({
    ...need,
    ...(client.name ? { clientName: client.name } : {}),
    displayName,
    ...(forceAuthentication ? over : { forceAuthentication }),
    correlationId: caller.requestId,
  })
  if (answer.outcome === 'asked' && answer.isNew)
    audit({ event: 'consent_requested', ...about(caller, answer.request, tool.name) })
  return answer
}

const about = (caller: Caller, { id, provider, scopes, correlationId }: ConsentRequest, tool: string) => ({
  requestId: caller.requestId,
  user: caller.user,
  clientId: caller.clientId,
  consentRequestId: id,
  correlationId,
  provider,
  scopes: splitScopes(scopes),
  tool,
})

/** After `WAITED_FOR_MS` its user may have closed the tab. A record of an earlier version has no `startedAt`. */
const isBeingGiven = ({ status, startedAt = Infinity }: ConsentRequest, now: number) =>
  status === 'started' && now - startedAt < WAITED_FOR_MS

const WAITED_FOR_MS = 60_000

const minutesTo = (time: number, now: number) => Math.ceil((time - now) / 60_000)

const NO_TOKEN = { outcome: 'none' } as const

const failed = (words: string): CallOutcome => ({ outcome: 'failed', words })
