import {
  AskFirst,
  type ConnectionId,
  type ConnectionRef,
  DefaultAccount,
  isEnded,
  ROUTES,
} from '@agent-identity/contracts'
import { ApiError, methodNotAllowed, requestIdOf, requireJson } from '@agent-identity/service-runtime'
import express, { type RequestHandler, Router } from 'express'
import { type AccountRoutes, accountIdIn, accountRoutes, providerIn } from './account-routes.ts'
import { whichOf } from './connection-state.ts'
import type { Disconnections } from './disconnections.ts'
import { listConnections } from './list-connections.ts'

interface Dependencies extends AccountRoutes {
  disconnections: Pick<Disconnections, 'disconnect' | 'lookAgain' | 'endUnused'>
  limitReads: RequestHandler
}

export function connectionRoutes(dependencies: Dependencies): Router {
  const { offered, accounts, requireUser, requireSameOrigin, limit, limitReads, userSessionOf, audit } = dependencies
  const json: RequestHandler[] = [requireJson, express.json({ limit: 1_024, strict: true })]
  const router = Router()

  router.get(ROUTES.connections, requireUser, limitReads, async (request, response) => {
    const list = await listConnections(userSessionOf(request), dependencies)
    const { userRef } = userSessionOf(request)
    for (const { provider, status, accountId } of list) {
      if (status !== 'disconnecting' || !accountId) continue
      const account = await accounts.byId(userRef, provider, accountId)
      if (account) await dependencies.disconnections.lookAgain(account.ref)
    }
    response.json(list)
  })

  router.use(accountRoutes(dependencies))

  /** Another user's account and an unknown one get the same answer. */
  router.delete(ROUTES.connection, requireSameOrigin, requireUser, limit, async (request, response) => {
    const provider = providerIn(request, offered)
    const { userRef: user, ref: userSession } = userSessionOf(request)
    const account = request.query.account === undefined ? undefined : accountIdIn(request)
    const ref = await connectionOf({ user, provider: provider.id, account })
    const ended = await dependencies.disconnections.disconnect({ ...ref, userSession, requestId: requestIdOf(request) })
    if (!ended) throw new ApiError('not_found')
    const list = await listConnections(userSessionOf(request), dependencies)
    const row = list.find((one) => one.provider === provider.id && one.accountId === ended.id)
    // An account that was asked for by name and never connected is in no list once it has ended.
    const { id, displayName } = provider
    response.json(row ?? { provider: id, displayName, status: ended.status, scopes: [], accountId: ended.id })
  })

  async function connectionOf(of: Omit<ConnectionRef, 'named'> & { account: ConnectionId | undefined }) {
    const { user, provider, account } = of
    const all = await accounts.list(user, provider)
    // Of an account without a record (its first consent is open), the id in the row is `named`.
    if (account) return all.find(({ record }) => record.id === account)?.ref ?? { user, provider, named: account }
    const open = all.filter(({ record }) => !isEnded(record))
    if (open.length > 1) throw new ApiError('invalid_request', 'Say which account: ?account=<id>.')
    return (open[0] ?? all[0])?.ref ?? { user, provider, named: undefined }
  }

  router.put(ROUTES.connectionDefault, requireSameOrigin, requireUser, limit, ...json, async (request, response) => {
    const provider = providerIn(request, offered)
    const choice = DefaultAccount.safeParse(request.body)
    if (!choice.success) throw new ApiError('invalid_request', 'Send {"account": "<id>"}.')
    const { userRef: user, ref: userSession } = userSessionOf(request)
    const account = await accounts.byId(user, provider.id, choice.data.account)
    if (!account) throw new ApiError('not_found')
    await accounts.makeDefault(user, provider.id, choice.data.account)
    audit({ event: 'default_account_chosen', ...whichOf(account.ref), userSession, requestId: requestIdOf(request) })
    response.status(204).end()
  })

  router.put(ROUTES.askFirst, requireSameOrigin, requireUser, limit, ...json, async (request, response) => {
    const provider = offered.get(String(request.params.provider))
    if (!provider || provider.readOnly) throw new ApiError('not_found')
    const choice = AskFirst.strict().safeParse(request.body)
    if (!choice.success) throw new ApiError('invalid_request', 'Send {"askFirst": true} or {"askFirst": false}.')
    const { userRef, ref } = userSessionOf(request)
    await dependencies.askFirst.choose(userRef, provider.id, choice.data.askFirst)
    const actor = { requestId: requestIdOf(request), user: userRef, userSession: ref }
    audit({ event: 'ask_first_chosen', ...actor, provider: provider.id, ...choice.data })
    response.status(204).end()
  })

  router.all(ROUTES.connections, methodNotAllowed('GET'))
  router.all(ROUTES.connection, methodNotAllowed('DELETE'))
  router.all(ROUTES.connectionDefault, methodNotAllowed('PUT'))
  router.all(ROUTES.askFirst, methodNotAllowed('PUT'))
  return router
}
