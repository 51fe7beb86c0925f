import type { AskFirstChoices, Authorizations } from '@agent-identity/authorization'
import {
  type Authorization,
  type ConversationId,
  type ListedConnection,
  type OfferedProviders,
  splitScopes,
  type UserRef,
} from '@agent-identity/contracts'
import { type Clock, isRedisAway, type Logger } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { ConversationsOfUser } from '../turns/conversations-of-user.ts'
import { inParts, piecesOf, textOf } from './json-in-parts.ts'

export interface UserDataPorts {
  /** Also those that are not offered now. */
  known: OfferedProviders
  connectionsOf(userSession: CurrentUserSession): Promise<readonly ListedConnection[]>
  userSessions: { ofUser(user: UserRef): Promise<CurrentUserSession[]> }
  authorizations: Pick<Authorizations, 'list'>
  askFirst: Pick<AskFirstChoices, 'isOn' | 'chosen'>
  conversations: Pick<ConversationsOfUser, 'list' | 'unreadable' | 'turnsOf' | 'eventsOf' | 'changesOf' | 'memoryOf'>
  clock: Clock
  log: Pick<Logger, 'warn'>
}

/**
 * What is kept about the user who asks. No token, no secret and no id of a user session is added.
 *
 * @returns the pieces of the JSON, after everything but the conversations was read.
 */
export const userData = async (
  userSession: CurrentUserSession,
  ports: UserDataPorts,
): Promise<AsyncGenerator<string>> =>
  withConversations(textOf(await aboutUser(userSession, ports)), userSession.userRef, ports)

async function* withConversations(about: string, owner: UserRef, ports: UserDataPorts): AsyncGenerator<string> {
  yield `${about.slice(0, -2)},\n  "conversations": [`
  let before = '\n'
  for (const id of await ports.conversations.list(owner)) {
    yield before
    yield* conversationOf(id, owner, ports)
    before = ',\n'
  }
  yield '\n  ]'
  const unreadable = await ports.conversations.unreadable(owner)
  if (unreadable > 0) yield `,\n  "conversationsThatDoNotOpen": ${unreadable}`
  yield '\n}\n'
}

/** A part whose reading fails is left out and named, unless Redis is away. */
async function* conversationOf(
  id: ConversationId,
  owner: UserRef,
  { conversations, log }: UserDataPorts,
): AsyncGenerator<string> {
  const leftOut: string[] = []
  const opened = async <Part>(name: string, read: () => Promise<Part>): Promise<Part | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (isRedisAway(error)) throw error
      log.warn({ err: error, part: name }, 'a part of a download was left out')
      leftOut.push(name)
      return undefined
    }
  }
  const turns = (await opened('turns', () => conversations.turnsOf(id, owner))) ?? []
  yield '{\n"turns": ['
  let before = '\n'
  for (const [n, { turnId, turn }] of turns.entries()) {
    if (!turn) {
      leftOut.push(`turn ${n + 1}`)
      continue
    }
    const told = {
      ...{ askedAt: at(turn.createdAt), message: turn.message, status: turn.status },
      changes: await opened(`changes of turn ${n + 1}`, () => conversations.changesOf(turnId)),
      events: await opened(`events of turn ${n + 1}`, async () =>
        (await conversations.eventsOf(turnId)).map(({ event, data }) => ({ event, ...(JSON.parse(data) as object) })),
      ),
    }
    yield before
    before = ',\n'
    yield* inParts(piecesOf(told))
  }
  yield ']'
  const memory = await opened('memory', () => conversations.memoryOf(id))
  if (memory !== undefined) {
    yield ',\n"memory": '
    yield* inParts(piecesOf(memory))
  }
  if (leftOut.length > 0) yield `,\n"leftOutBecauseItDoesNotOpen": ${textOf(leftOut)}`
  yield '\n}'
}

async function aboutUser(userSession: CurrentUserSession, ports: UserDataPorts) {
  const { user, userRef } = userSession
  const [userSessions, connections, authorizations] = await Promise.all([
    ports.userSessions.ofUser(userRef),
    ports.connectionsOf(userSession),
    ports.authorizations.list(userRef),
  ])
  const choices = await Promise.all(
    [...ports.known.values()].map(async ({ id, displayName, readOnly }) => ({
      service: displayName,
      // `readOnly`: no tool changes anything there now, so that a default has no effect. Only the user's own choice is listed.
      asksFirst: await (readOnly ? ports.askFirst.chosen(userRef, id) : ports.askFirst.isOn(userRef, id)),
    })),
  )
  return {
    takenAt: at(ports.clock()),
    user,
    userSessions: userSessions.map(({ signedInAt, endsAt }) => ({ signedInAt: at(signedInAt), endsAt: at(endsAt) })),
    connections,
    asksFirst: choices.filter(({ asksFirst }) => asksFirst !== undefined),
    authorizations: authorizations.map((one) => ({
      ...{ service: one.displayName, scopes: scopesOf(one), status: statusOf(one) },
      ...(one.client && { clientId: one.client.clientId }),
      ...{ askedAt: at(one.createdAt), expiresAt: at(one.expiresAt) },
    })),
  }
}

const scopesOf = ({ waits }: Authorization): string =>
  [...new Set(waits.flatMap(({ scopes }) => splitScopes(scopes)))].toSorted().join(' ')

function statusOf({ end, opened }: Authorization): string {
  if (!end) return opened > 0 ? 'opened' : 'open'
  return end.outcome === 'connected' ? 'connected' : end.code
}

const at = (time: number): string => new Date(time).toISOString()
