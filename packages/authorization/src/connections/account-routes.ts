import {
  AcceptRequest,
  ConnectionId,
  ConnectRequest,
  DoubtRequest,
  type OfferedProvider,
  type OfferedProviders,
  ROUTES,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import { ApiError, methodNotAllowed, requestIdOf, requireJson } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import type { PendingAuthorizations } from '../pending-authorizations.ts'
import type { Accounts } from './accounts.ts'
import type { AskFirstChoices } from './ask-first.ts'
import { connectAccount } from './connect-account.ts'
import type { ConnectionUses } from './connection-uses.ts'
import { acceptAccount, type DecideAccountPorts, type Decided, doubtAccount } from './decide-account.ts'
import { listConnections } from './list-connections.ts'

export interface AccountRoutes extends DecideAccountPorts {
  offered: OfferedProviders
  accounts: Accounts
  authorizations: PendingAuthorizations
  askFirst: Pick<AskFirstChoices, 'isOn' | 'choose'>
  uses: Pick<ConnectionUses, 'list'>
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  limit: RequestHandler
  userSessionOf(request: Request): CurrentUserSession
}

export function accountRoutes(dependencies: AccountRoutes): Router {
  const { offered, requireUser, requireSameOrigin, limit, userSessionOf } = dependencies
  const changing = [requireSameOrigin, requireUser, limit]
  const router = Router()

  router.post(ROUTES.connectionAuthorizations, ...changing, optionalJson, async (request, response) => {
    const provider = providerIn(request, offered)
    const { data: wanted } = ConnectRequest.safeParse(request.body ?? {})
    if (!wanted) throw new ApiError('invalid_request', 'Send {"account": …}, {"hint": …}, or nothing.')
    await answer(request, response, await connectAccount(askerOf(request), provider, wanted, dependencies))
  })

  router.post(ROUTES.connectionAcceptance, ...changing, optionalJson, async (request, response) => {
    const [provider, id] = [providerIn(request, offered), accountIdIn(request)]
    const { data: seen } = AcceptRequest.safeParse(request.body)
    if (!seen) throw new ApiError('invalid_request', 'Send {"generation": …, "account": …} as the list shows them.')
    await answer(request, response, await acceptAccount(askerOf(request), provider, id, seen, dependencies))
  })

  router.post(ROUTES.connectionDoubt, ...changing, optionalJson, async (request, response) => {
    const [provider, id] = [providerIn(request, offered), accountIdIn(request)]
    const { data: seen } = DoubtRequest.safeParse(request.body ?? {})
    if (!seen) throw new ApiError('invalid_request', 'Send {"account": …} as the list shows it, or nothing.')
    await answer(request, response, await doubtAccount(askerOf(request), provider, id, seen, dependencies))
  })

  function askerOf(request: Request) {
    const { userRef: user, ref: userSession } = userSessionOf(request)
    return { user, userSession, requestId: requestIdOf(request) }
  }

  async function answer(request: Request, response: Response, decided: Decided): Promise<void> {
    switch (decided.outcome) {
      case 'authorization': {
        const pending = await dependencies.authorizations.read(decided.id)
        if (!pending) throw new ApiError('temporarily_unavailable')
        response.status(201).json({
          authorizationId: decided.id,
          startUrl: startAuthorizationPath(decided.id),
          expiresAt: new Date(pending.expiresAt).toISOString(),
        })
        return
      }
      case 'decided': {
        const list = await listConnections(userSessionOf(request), dependencies)
        const { provider } = request.params
        const row = list.find((one) => one.provider === provider && one.accountId === decided.id)
        if (!row) throw new ApiError('temporarily_unavailable')
        response.json(row)
        return
      }
      case 'unusable':
        throw new ApiError('invalid_request', decided.why)
      case 'settled':
        throw new ApiError('authorization_settled')
      case 'too-many-accounts':
        throw new ApiError('too_many_accounts')
      case 'signed-out':
        throw new ApiError('not_signed_in')
      case 'too-many':
        throw new ApiError('too_many_requests')
      case 'unknown-account':
      case 'not-offered':
        throw new ApiError('not_found')
      case 'unavailable':
        throw new ApiError('temporarily_unavailable')
    }
  }

  router.all(ROUTES.connectionAuthorizations, methodNotAllowed('POST'))
  router.all(ROUTES.connectionAcceptance, methodNotAllowed('POST'))
  router.all(ROUTES.connectionDoubt, methodNotAllowed('POST'))
  return router
}

/** @throws ApiError also for a provider without consent */
export function providerIn(request: Request, offered: OfferedProviders): OfferedProvider {
  const provider = offered.get(String(request.params.provider))
  if (provider?.credential !== 'user') throw new ApiError('not_found')
  return provider
}

/** @throws ApiError the same as for an unknown account */
export function accountIdIn(request: Request): ConnectionId {
  const { data } = ConnectionId.safeParse(request.query.account)
  if (!data) throw new ApiError('not_found')
  return data
}

const json = express.json({ limit: 1_024, strict: true })

const optionalJson: RequestHandler = (request, response, next) => {
  const isEmpty = request.get('Transfer-Encoding') === undefined && Number(request.get('Content-Length') ?? 0) === 0
  if (isEmpty) next()
  else requireJson(request, response, (problem?: unknown) => (problem ? next(problem) : json(request, response, next)))
}
