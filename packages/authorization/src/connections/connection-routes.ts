import {
  AskFirst,
  type Connection,
  ConnectRequest,
  type OfferedProviders,
  ROUTES,
  scopesToAsk,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import { ApiError, type Audit, methodNotAllowed, requestIdOf, requireJson } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import express, { type Request, type RequestHandler, Router } from 'express'
import type { PendingAuthorizations } from '../pending-authorizations.ts'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import type { AskFirstChoices } from './ask-first.ts'
import type { Connect } from './connect.ts'
import type { ConnectionUses } from './connection-uses.ts'
import type { Connections } from './connections.ts'
import type { Disconnections } from './disconnections.ts'
import { listConnections } from './list-connections.ts'

interface Dependencies {
  offered: OfferedProviders
  connections: Connections
  authorizations: PendingAuthorizations
  askFirst: AskFirstChoices
  uses: Pick<ConnectionUses, 'list'>
  requestAccess(request: AccessRequest): Promise<AccessOutcome>
  connect: Connect
  disconnections: Pick<Disconnections, 'disconnect' | 'lookAgain'>
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  limit: RequestHandler
  audit: Audit
  userSessionOf(request: Request): CurrentUserSession
}

export function connectionRoutes(dependencies: Dependencies): Router {
  const { offered, connections, authorizations, requireUser, requireSameOrigin, limit, userSessionOf } = dependencies
  const providerOf = (request: Request) => offered.get(String(request.params.provider))
  const router = Router()

  router.get(ROUTES.connections, requireUser, async (request, response) => {
    const list: Connection[] = await listConnections(userSessionOf(request), dependencies)
    const { userRef } = userSessionOf(request)
    for (const { provider, status } of list)
      if (status === 'disconnecting') await dependencies.disconnections.lookAgain(userRef, provider)
    response.json(list)
  })

  /** Connects a provider from the page of connected accounts. For a connected provider it starts over, possibly with another account. */
  router.post(
    ROUTES.connectionAuthorizations,
    requireSameOrigin,
    requireUser,
    limit,
    body,
    async (request, response) => {
      const chosen = providerOf(request)
      // A provider without consent has no connection.
      if (chosen?.credential !== 'user') throw new ApiError('not_found')
      const provider = chosen.id
      const { account } = connectRequestOf(request)
      const userSession = userSessionOf(request)
      const record = await connections.find(userSession.userRef, provider)
      if (account !== undefined && account !== record?.id) throw new ApiError('not_found')
      const scopes = scopesToAsk(chosen, record?.scopes.split(' ') ?? [])

      const generation = record?.generation ?? 0
      const requestId = requestIdOf(request)
      const active = await authorizations.findActive(userSession.ref, userSession.userRef, provider, scopes, generation)
      const access: AccessOutcome = active
        ? { outcome: 'authorization-required', authorizationId: active }
        : await dependencies.requestAccess({
            userSession: userSession.ref,
            user: userSession.userRef,
            provider,
            scopes,
            forceAuthentication: record !== undefined,
            ...(record && { connection: { generation } }),
            requestId,
          })

      switch (access.outcome) {
        case 'authorization-required': {
          const pending = await authorizations.read(access.authorizationId)
          if (!pending) throw new ApiError('temporarily_unavailable')
          response.status(201).json({
            authorizationId: access.authorizationId,
            startUrl: startAuthorizationPath(access.authorizationId),
            expiresAt: new Date(pending.expiresAt).toISOString(),
          })
          return
        }
        case 'token': {
          // The vault has a token that our own record did not know.
          const consented = { user: userSession.userRef, userSession: userSession.ref, requestId, provider, generation }
          const { outcome } = await dependencies.connect({ ...consented, scopes: scopes.join(' ') }, access.accessToken)
          if (outcome !== 'connected') throw new ApiError('temporarily_unavailable')
          response.json({ connected: true })
          return
        }
        case 'signed-out':
          throw new ApiError('not_signed_in')
        case 'too-many':
          throw new ApiError('too_many_requests')
        case 'not-offered':
          throw new ApiError('not_found')
        case 'unavailable':
          throw new ApiError('temporarily_unavailable')
      }
    },
  )

  /** Another user's, one that is not in the list, and a provider that was never connected look alike. */
  router.delete(ROUTES.connection, requireSameOrigin, requireUser, limit, async (request, response) => {
    const provider = providerOf(request)
    // A provider without consent has no connection.
    if (provider?.credential !== 'user') throw new ApiError('not_found')
    const { userRef: user, ref: userSession } = userSessionOf(request)
    const { account } = request.query
    if (account !== undefined && account !== (await connections.find(user, provider.id))?.id)
      throw new ApiError('not_found')
    const who = { user, userSession, provider: provider.id, requestId: requestIdOf(request) }
    if (!(await dependencies.disconnections.disconnect(who))) throw new ApiError('not_found')
    const list = await listConnections(userSessionOf(request), dependencies)
    response.json(list.find((one) => one.provider === provider.id))
  })

  /** Stored for the user, across all of their user sessions, connected or not. */
  router.put(
    ROUTES.askFirst,
    requireSameOrigin,
    requireUser,
    limit,
    requireJson,
    express.json({ limit: 1_024, strict: true }),
    async (request, response) => {
      const provider = providerOf(request)
      if (!provider || provider.readOnly) throw new ApiError('not_found')
      const choice = AskFirst.strict().safeParse(request.body)
      if (!choice.success) throw new ApiError('invalid_request', 'Send {"askFirst": true} or {"askFirst": false}.')
      const { userRef, ref } = userSessionOf(request)
      await dependencies.askFirst.choose(userRef, provider.id, choice.data.askFirst)
      const actor = { requestId: requestIdOf(request), user: userRef, userSession: ref }
      dependencies.audit({ event: 'ask_first_chosen', ...actor, provider: provider.id, ...choice.data })
      response.status(204).end()
    },
  )

  router.all(ROUTES.connections, methodNotAllowed('GET'))
  router.all(ROUTES.connection, methodNotAllowed('DELETE'))
  router.all(ROUTES.askFirst, methodNotAllowed('PUT'))
  router.all(ROUTES.connectionAuthorizations, methodNotAllowed('POST'))
  return router
}

const json = express.json({ limit: 1_024, strict: true })

/** It may be absent; what there is must be JSON. */
const body: RequestHandler = (request, response, next) => {
  const isEmpty = request.get('Transfer-Encoding') === undefined && Number(request.get('Content-Length') ?? 0) === 0
  if (isEmpty) next()
  else requireJson(request, response, (problem?: unknown) => (problem ? next(problem) : json(request, response, next)))
}

function connectRequestOf(request: Request): ConnectRequest {
  const { data } = ConnectRequest.safeParse(request.body ?? {})
  if (!data) throw new ApiError('invalid_request', 'Send {"account": …}, {"hint": …}, or nothing.')
  if (data.hint || data.anotherAccount) throw new ApiError('invalid_request', 'One account a service can be connected.')
  return data
}
