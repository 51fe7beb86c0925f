import {
  AGENTCORE_AUTHORIZATION_SECONDS,
  type Authorization,
  type AuthorizationFailedCode,
  type AuthorizationId,
  type OfferedProvider,
  type Start,
  StartId,
  type StartRefusal,
  scopesToAsk,
  splitScopes,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { randomToken, sha256 } from '@agent-identity/service-runtime'
import type { Connections } from '../connections/connections.ts'
import { find, isLive } from '../connections/decide.ts'
import { isShared, newEntry } from '../entry.ts'
import { type Authorizations, isOpen, MOST_STARTS, scopesWaitedFor } from '../need/authorizations.ts'
import type { Alarm, Vault } from '../vault.ts'
import { isTravelling, type Starts } from './starts.ts'

/** The browser that opens the link: from its cookies and the user session, never from the query. */
export interface Opener {
  user: UserRef
  userSession: UserSessionRef
  browserHash: string
  requestId: string
}

export type Started =
  | {
      outcome: 'started'
      start: Start
      authorizationUrl: string
      sessionUri: string
      awsRequestId?: string | undefined
      setAside?: Start | undefined
    }
  /** Nothing is lost: the user tries again. */
  | { outcome: 'try-again' }
  | { outcome: 'too-often' }
  | { outcome: 'other-consent-open'; open: Start }
  /** Where no label separates: a token lies in the entry that the consent would use. */
  | { outcome: 'disconnect-first' }
  | {
      outcome: 'refused'
      reason: Extract<
        StartRefusal,
        'unknown-authorization' | 'different-user-session' | 'settled' | 'refused-by-agentcore'
      >
    }

export interface StartPorts {
  authorizations: Pick<Authorizations, 'read' | 'listOpen' | 'addStart'>
  connections: Pick<Connections, 'read'>
  starts: Starts
  vault: Pick<Vault, 'request'>
  offered(provider: string): OfferedProvider | undefined
  /** The URL will be sent to a browser, and must not become an open redirect. */
  isAuthorizationUrl(url: string): boolean
  /** Whether the user has been erased since they signed in to this user session. */
  isErased(who: { user: UserRef; userSession: UserSessionRef }): Promise<boolean>
  /** Ends the authorization and tells whatever waits for it. */
  fail(authorization: Authorization, code: AuthorizationFailedCode): Promise<void>
  /** The label does not separate: an entry that was never used had a token. */
  alarm: Alarm
  clock(): number
}

/**
 * Steps 5 and 6: a browser opens the link, and only now AgentCore is asked. The authorization URL goes to this one browser and is stored nowhere.
 * Opening the link again makes another start, with an entry of its own.
 *
 * @param whenAnotherIsOpen `ask`: it is not known whether a second consent overwrites AgentCore's cookie of the first
 */
export async function startAuthorization(
  id: AuthorizationId,
  opener: Opener,
  ports: StartPorts,
  whenAnotherIsOpen: 'ask' | 'instead',
): Promise<Started> {
  const { user, userSession, requestId } = opener
  const { authorizations, clock } = ports
  const found = await authorizations.read(user, id)
  if (!found) return { outcome: 'refused', reason: 'unknown-authorization' }
  if (found.userSession !== undefined && found.userSession !== userSession)
    return { outcome: 'refused', reason: 'different-user-session' }
  if (!isOpen(found, clock())) return { outcome: 'refused', reason: 'settled' }
  const provider = ports.offered(found.provider)
  if (!provider) return { outcome: 'try-again' }

  let known = await ports.starts.namesOf(userSession)
  const otherOpen = async () => {
    const all = await ports.starts.listOf(userSession)
    // Once a start has been claimed, the others of its authorization are over.
    const decided = new Set(
      all.flatMap((one) => (['binding', 'bound', 'unconfirmed'].includes(one.status) ? [one.authorization] : [])),
    )
    return all.find(
      (one) =>
        one.authorization !== id &&
        one.status === 'pending' &&
        isTravelling(one, clock()) &&
        !decided.has(one.authorization),
    )
  }
  const other = await otherOpen()
  if (other && whenAnotherIsOpen === 'ask') return { outcome: 'other-consent-open', open: other }
  if (isShared(provider) && (await mayStillFill(user, provider.id, ports))) return { outcome: 'try-again' }

  const at = await ports.connections.read(user, found.provider)
  const expected = find(at, found.connection)
  // Its user has disconnected it, and the process that did it has died before it cancelled this authorization.
  if (found.connection !== undefined && !isLive(expected)) {
    await ports.fail(found, 'cancelled')
    return { outcome: 'refused', reason: 'settled' }
  }
  if (found.opened >= MOST_STARTS) return { outcome: 'too-often' }

  const scopes = scopesToAsk(provider, splitScopes(expected?.granted), scopesWaitedFor(found))
  const entry = newEntry(provider, scopes, found)
  const startId = StartId.parse(`${userSession}.${randomToken(16)}`)
  const state = `${startId}.${randomToken(32)}`
  const who = { user, userSession, requestId }
  const asked = await ports.vault.request(who, entry, state)
  if (asked.outcome === 'unavailable') return { outcome: 'try-again' }
  // The user session has ended since.
  if (asked.outcome === 'signed-out') return { outcome: 'refused', reason: 'settled' }
  if (asked.outcome === 'token' && isShared(provider)) return { outcome: 'disconnect-first' }
  if (asked.outcome === 'token') ports.alarm('label-does-not-separate', { provider: provider.id })
  if (asked.outcome !== 'authorization-required' || !ports.isAuthorizationUrl(asked.authorizationUrl)) {
    await ports.fail(found, 'failed')
    return { outcome: 'refused', reason: 'refused-by-agentcore' }
  }

  const createdAt = clock()
  const start: Start = {
    id: startId,
    owner: user,
    authorization: id,
    provider: provider.id,
    displayName: provider.displayName,
    entry,
    ...(found.connection === undefined ? {} : { connection: found.connection }),
    asOf: at.generation,
    stateHash: sha256(state),
    sessionUriHash: sha256(asked.sessionUri),
    correlationId: found.correlationId,
    createdAt,
    expiresAt: createdAt + AGENTCORE_AUTHORIZATION_SECONDS * 1_000,
    status: 'pending',
    browserHash: opener.browserHash,
  }
  const added = await authorizations.addStart(user, id, startId, start.expiresAt)
  if (!added) return { outcome: 'refused', reason: 'settled' }
  await cancelStarts(added.dropped, ports.starts)
  for (;;) {
    const made = await ports.starts.create(start, asked.artifact, whenAnotherIsOpen === 'ask' ? known : undefined)
    if (made === 'signed-out') return { outcome: 'refused', reason: 'settled' }
    if (made === 'created') break
    // Another tab was faster. The authorization URL of this start goes to no browser.
    known = await ports.starts.namesOf(userSession)
    const faster = await otherOpen()
    if (faster) return { outcome: 'other-consent-open', open: faster }
  }
  // The mark is read last: an erasure that did not see this start had left its mark before.
  if (await ports.isErased(opener)) return { outcome: 'try-again' }
  const { authorizationUrl, sessionUri, awsRequestId } = asked
  return { outcome: 'started', start, authorizationUrl, sessionUri, awsRequestId, setAside: other }
}

/** Where nothing separates two consents, the earlier one has to be settled first, in whichever user session it is. */
async function mayStillFill(
  user: UserRef,
  provider: string,
  { authorizations, starts }: Pick<StartPorts, 'authorizations' | 'starts'>,
): Promise<boolean> {
  const open = (await authorizations.listOpen(user)).filter((one) => one.provider === provider)
  const started = await Promise.all(open.flatMap((one) => one.starts.map(starts.read)))
  return started.some((one) => one && ['binding', 'bound', 'unconfirmed'].includes(one.status))
}

/**
 * AgentCore has not completed them, and nothing completes them any more: their entries stay empty.
 *
 * @returns those that have come back, and are not called off any more
 */
export async function cancelStarts(ids: readonly StartId[], starts: Starts): Promise<Start[]> {
  const cameBack: Start[] = []
  for (const id of ids) {
    let start = await starts.read(id)
    if (start?.status === 'pending')
      // If this fails, its return was faster.
      start = (await starts.change(start, { status: 'cancelled' })) ?? (await starts.read(id))
    if (start?.status === 'binding' || start?.status === 'bound') cameBack.push(start)
  }
  return cameBack
}
