import type {
  AskFirstChoices,
  ConsentRequestRecords,
  PendingAuthorizations,
  RecordsOfUser,
} from '@agent-identity/authorization'
import {
  CONNECTION_USES_KEPT,
  type Connection,
  type ConversationId,
  type OfferedProviders,
  type UserRef,
} from '@agent-identity/contracts'
import { type Clock, isRedisAway, type Logger } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { ConversationsOfUser } from '../turns/conversations-of-user.ts'
import { inParts, piecesOf, textOf } from './json-in-parts.ts'

export interface UserDataPorts {
  /** Also those that are not offered now. */
  known: OfferedProviders
  connectionsOf(userSession: CurrentUserSession, usesEach?: number): Promise<readonly Connection[]>
  userSessions: { ofUser(user: UserRef): Promise<CurrentUserSession[]> }
  authorizations: Pick<PendingAuthorizations, 'listOfUser'>
  askFirst: Pick<AskFirstChoices, 'isOn' | 'chosen'>
  recordsOfUser: Pick<RecordsOfUser, 'consentRequests'>
  /** Where there is an MCP server. */
  consentRequests?: Pick<ConsentRequestRecords, 'read'> | undefined
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
  const [userSessions, connections, authorizations, open] = await Promise.all([
    ports.userSessions.ofUser(userRef),
    ports.connectionsOf(userSession, CONNECTION_USES_KEPT),
    ports.authorizations.listOfUser(userRef),
    ports.recordsOfUser.consentRequests(userRef),
  ])
  const requests = await Promise.all(open.map((id) => ports.consentRequests?.read(userRef, id)))
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
    pendingAuthorizations: authorizations.map(({ record }) => ({
      ...{ service: record.displayName, scopes: record.scopes, status: record.status },
      ...{ askedAt: at(record.createdAt), expiresAt: at(record.expiresAt) },
    })),
    consentRequests: requests.flatMap((one) =>
      one
        ? [
            {
              ...{ clientId: one.clientId, service: one.displayName, scopes: one.scopes, status: one.status },
              ...{ askedAt: at(one.createdAt), expiresAt: at(one.expiresAt) },
            },
          ]
        : [],
    ),
  }
}

const at = (time: number): string => new Date(time).toISOString()
