import {
  type Access,
  defaultOf,
  find,
  isLive,
  isOpen,
  isSameEntry,
  type Live,
  scopesAsked,
} from '@agent-identity/authorization'
import {
  AGENTCORE_AUTHORIZATION_SECONDS,
  type Authorization,
  type AuthorizationId,
  CLIENT_AUTHORIZATION_TTL_SECONDS,
  type ConnectionId,
  type ConnectionsAt,
  lackingScopes,
  MCP_RETRY_SECONDS,
  type OfferedProvider,
  type OfferedProviders,
  scopesInWords,
  splitScopes,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import { DECLINED, LEFT_OUT, NOT_GIVEN, UNKNOWN_OUTCOME, UNREAD } from '@agent-identity/tools'
import type { AskFirst, BegunIn, ToolRunOutcome } from './run-tool.ts'
import type { ToolCall } from './tool-call.ts'
import type { UserAccess } from './user-access.ts'

export type CallOutcome =
  /** `waitedFor`: the authorization that ended while this call waited. */
  | { outcome: 'done'; result: Record<string, unknown>; repeated: boolean; waitedFor?: AuthorizationId | undefined }
  | { outcome: 'failed'; words: string }
  | AskFirst
  /** The client is to show its user the start link. */
  | { outcome: 'consent-needed'; authorization: Authorization; permissions: readonly string[] }
  /** The client shows no links. `why`: how the vendor refused the token, in words. */
  | {
      outcome: 'consent-elsewhere'
      authorization: Authorization
      permissions: readonly string[]
      minutesLeft: number
      why?: string
    }

export interface CallToolPorts {
  offered: OfferedProviders
  connections: Pick<UserAccess['connections'], 'read'>
  authorizations: Pick<UserAccess['authorizations'], 'read'>
  accessFor: UserAccess['accessFor']
  cancel: UserAccess['cancel']
  /**
   * Reads at once, and after each change of the connections of the authorization's owner at its provider.
   *
   * @returns what was read last: not under way any more, or when the time to wait is over, `signal` is aborted or the process is to end
   */
  untilChanged<Value>(
    of: Authorization,
    read: () => Promise<Value>,
    isUnderWay: (value: Value) => boolean,
    signal: AbortSignal,
  ): Promise<Value>
  /** Undefined when the call may be made without a question to the user. */
  asksFirst(call: ToolCall, account: string | undefined): Promise<AskFirst | undefined>
  run(call: ToolCall, accessToken: string, connection: Live): Promise<ToolRunOutcome>
  /** The connection in which the same call has begun its change, and the result, once it was recorded. */
  begunIn(call: ToolCall): Promise<BegunIn | undefined>
  /** Lets `begunIn` find the change while the user is asked for a consent. */
  keepBegun(call: ToolCall): Promise<void>
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

/** The vendor's refusal of the token of this entry. */
interface Rejected {
  why: 'rejected' | 'scope-missing'
  entry: Live['entry']
  words: string
}

/** Without a usable token, a call asks for a consent, or waits for one that was asked for before. */
async function askAndRun(call: ToolCall, ports: CallToolPorts): Promise<CallOutcome> {
  const { tool, caller, client, answered } = call
  const { displayName } = tool.provider
  const offered = ports.offered.get(tool.provider.id)
  if (!offered) return failed(`${displayName} is not available here.`)
  let named = answered && (await own(answered.authorization, call, ports))
  if (answered && named && answered.action !== 'accept') {
    await ports.cancel(named, caller.requestId)
    return failed(DECLINED.cancelled(displayName))
  }

  const hasAll = (one: Live | undefined) =>
    one?.status === 'connected' && lackingScopes(offered, splitScopes(one.granted), tool.scopes).length === 0
  let rejected: Rejected | undefined
  let waitedFor: AuthorizationId | undefined
  for (;;) {
    // Another one is asked for.
    if (named && hasExpired(named, ports.clock())) named = undefined
    // First: the account may have been disconnected since the change was made.
    const begun = await ports.begunIn(call)
    if (begun?.result) return { outcome: 'done', result: begun.result, repeated: true, waitedFor }
    const at = await ports.connections.read(caller.user, offered.id)
    const kept = begun?.connection ?? connectionOf(named)
    const connection = connectionIn(at, kept)
    if (begun && !connection) return failed(GONE(displayName))
    // Before a consent is asked for: it would be given for nothing.
    const question = begun ? undefined : await ports.asksFirst(call, connection?.name)
    if (question) return question
    // A client that shows no links does not say what it has waited for.
    const leftOut = client.showsLinks ? [] : leftOutJustNow(offered, connection, tool.scopes, ports.clock())
    if (leftOut.length > 0) return failed(LEFT_OUT(displayName, scopesInWords(offered, leftOut)))

    const wanted = { scopes: tool.scopes, connection: kept, rejected }
    // While one is open, another consent may have connected all that is needed.
    const asked = named && (named.end || !hasAll(connection)) ? named.id : undefined
    const found = await ports.accessFor(call, offered, wanted, asked)
    if (found.outcome === 'token') {
      const ran = await ports.run(call, found.accessToken, found.connection)
      if (ran.outcome === 'done') return { ...ran, waitedFor }
      if (ran.outcome !== 'rejected') return ran
      rejected = { why: ran.reason, words: ran.words, entry: found.connection.entry }
      continue
    }
    if (found.outcome !== 'authorization-required')
      return failed(wordsFor(found, displayName, named?.end !== undefined, rejected))

    if (begun) await ports.keepBegun(call)
    const { authorization } = found
    // A client that shows no links does not say when its user has seen the link. Once the consent has begun, the user has seen it.
    const isRetry = client.showsLinks
      ? named?.id === authorization.id || (client.retriesUnnamed && !found.isNew)
      : isBeingGiven(authorization, ports.clock())
    const notYet = () => notConnected(call, authorization, offered, at, rejected, ports)
    if (!isRetry || waitedFor) return notYet()

    // A consent is in the connection before it ends its authorization. With less than is needed, its end says what was left out.
    const isConnected = (now: ConnectionsAt) => {
      const one = connectionIn(now, kept)
      return hasAll(one) && !isSameEntry(one?.entry, connection?.entry)
    }
    const news = await ports.untilChanged(
      authorization,
      async () => ({
        authorization: await ports.authorizations.read(caller.user, authorization.id),
        at: await ports.connections.read(caller.user, offered.id),
      }),
      (now) => isStillOpen(now.authorization, ports.clock()) && !isConnected(now.at),
      call.signal,
    )
    if (isStillOpen(news.authorization, ports.clock()) && !isConnected(news.at)) return notYet()
    named = news.authorization
    waitedFor = authorization.id
    // What was refused is of the consent before.
    rejected = undefined
  }
}

/** The authorization that a retry names, if it is of this client and this provider. */
async function own(id: AuthorizationId, { caller, tool }: ToolCall, { authorizations }: CallToolPorts) {
  const one = await authorizations.read(caller.user, id)
  return one?.client?.clientId === caller.clientId && one.provider === tool.provider.id ? one : undefined
}

const isStillOpen = (one: Authorization | undefined, now: number) => one !== undefined && isOpen(one, now)

const hasExpired = (one: Authorization, now: number) =>
  one.end ? one.end.outcome === 'failed' && one.end.code === 'expired' : !isOpen(one, now)

/** A retry keeps to its account. By now the default may be another one. */
const connectionOf = (named: Authorization | undefined): ConnectionId | undefined =>
  named?.end?.outcome === 'connected' ? named.end.connection : named?.connection

function connectionIn(at: ConnectionsAt, kept: ConnectionId | undefined): Live | undefined {
  const connection = kept ? find(at, kept) : defaultOf(at)
  return isLive(connection) ? connection : undefined
}

/** The consent was begun less than `MCP_RETRY_SECONDS` ago: for that time a call that is sent again counts as a repetition. */
function leftOutJustNow(
  offered: OfferedProvider,
  connection: Live | undefined,
  scopes: readonly string[],
  now: number,
): readonly string[] {
  if (connection?.status !== 'connected' || now - connection.since >= MCP_RETRY_SECONDS * 1_000) return []
  const asked = splitScopes(connection.entry.scopes)
  const lacking = lackingScopes(offered, splitScopes(connection.granted), scopes)
  return lacking.every((scope) => asked.includes(scope)) ? lacking : []
}

function notConnected(
  { client }: ToolCall,
  authorization: Authorization,
  offered: OfferedProvider,
  at: ConnectionsAt,
  rejected: Rejected | undefined,
  { clock }: CallToolPorts,
): CallOutcome {
  const permissions = scopesInWords(offered, scopesAsked(authorization, offered, at))
  if (client.showsLinks) return { outcome: 'consent-needed', authorization, permissions }
  const minutesLeft = Math.ceil((authorization.expiresAt - clock()) / 60_000)
  return {
    outcome: 'consent-elsewhere',
    authorization,
    permissions,
    minutesLeft,
    ...(rejected && { why: rejected.words }),
  }
}

/** Each opening of the link gives ten minutes. After `WAITED_FOR_MS` its user may have closed the tab. */
const isBeingGiven = ({ opened, expiresAt }: Authorization, now: number) =>
  opened > 0 && now < expiresAt - AGENTCORE_AUTHORIZATION_SECONDS * 1_000 + WAITED_FOR_MS

const WAITED_FOR_MS = 60_000

/** @param hasEnded the authorization that the call names, or has waited for */
function wordsFor(
  found: Exclude<Access, { outcome: 'token' | 'authorization-required' }>,
  displayName: string,
  hasEnded: boolean,
  rejected: Rejected | undefined,
): string {
  switch (found.outcome) {
    case 'declined':
      if (found.code !== 'failed') return DECLINED[found.code](displayName)
      // Another consent would not help.
      return hasEnded ? (rejected?.words ?? DECLINED.failed(displayName)) : TOO_MANY(displayName)
    case 'missing-scopes':
      return rejected?.words ?? LEFT_OUT(displayName, found.missing)
    case 'unknown-account':
      return GONE(displayName)
    case 'refused':
      return NOT_GIVEN(displayName)
    default:
      return UNREAD(displayName)
  }
}

const GONE = (displayName: string) => `The ${displayName} account that this was begun in is no longer there.`

const TOO_MANY = (displayName: string) =>
  `${displayName} cannot be connected now: too many connections are being asked for already. Each request ends within ${CLIENT_AUTHORIZATION_TTL_SECONDS / 60} minutes.`

const failed = (words: string): CallOutcome => ({ outcome: 'failed', words })
