import {
  AcceptRequest,
  AskFirst,
  type Authorization,
  type ClientAuthorization,
  ConnectionId,
  ConnectRequest,
  DefaultAccount,
  type ListedConnection,
  type OfferedProvider,
  type OfferedProviders,
  ROUTES,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import { ApiError, type Audit, methodNotAllowed, requestIdOf, requireJson } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import type { ComposedAuthorization } from '../compose.ts'
import type { AskFirstChoices } from './ask-first.ts'
import { find, isLive } from './decide.ts'

interface Dependencies {
  offered: OfferedProviders
  authorization: Pick<ComposedAuthorization, 'connect' | 'disconnect' | 'connections'>
  list(userSession: CurrentUserSession): Promise<ListedConnection[]>
  /** Where there is an MCP server. */
  listOfClients?: ((userSession: CurrentUserSession) => Promise<ClientAuthorization[]>) | undefined
  askFirst: Pick<AskFirstChoices, 'choose'>
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  limit: RequestHandler
  limitReads: RequestHandler
  limitReadsOfClients: RequestHandler
  userSessionOf(request: Request): CurrentUserSession
  audit: Audit
}

export function connectionRoutes(dependencies: Dependencies): Router {
  const { offered, authorization, list, requireUser, requireSameOrigin, limit, limitReads, audit } = dependencies
  const { userSessionOf, listOfClients } = dependencies
  const { connections } = authorization
  const changing = [requireSameOrigin, requireUser, limit]
  const json: RequestHandler[] = [requireJson, express.json({ limit: 1_024, strict: true })]
  const router = Router()

  function askerOf(request: Request) {
    const { userRef: user, ref: userSession } = userSessionOf(request)
    return { user, userSession, requestId: requestIdOf(request) }
  }

  async function sendRow(request: Request, response: Response, provider: OfferedProvider, id?: ConnectionId) {
    const rows = await list(userSessionOf(request))
    const row = rows.find((one) => one.provider === provider.id && (id === undefined || one.accountId === id))
    if (!row) throw new ApiError('temporarily_unavailable')
    response.json(row)
  }

  router.get(ROUTES.connections, requireUser, limitReads, async (request, response) => {
    response.json(await list(userSessionOf(request)))
  })

  if (listOfClients)
    router.get(ROUTES.consentRequests, requireUser, dependencies.limitReadsOfClients, async (request, response) => {
      response.json(await listOfClients(userSessionOf(request)))
    })

  router.post(ROUTES.connectionAuthorizations, ...changing, optionalJson, async (request, response) => {
    const provider = providerIn(request, offered)
    const { data: wanted } = ConnectRequest.safeParse(request.body ?? {})
    if (!wanted) throw new ApiError('invalid_request', 'Send {"account": …}, {"hint": …}, or nothing.')
    const asked = await authorization.connect(askerOf(request), { ...wanted, provider })
    switch (asked.outcome) {
      case 'authorization':
        response.status(201).json(startOf(asked.authorization))
        return
      case 'unusable':
        throw new ApiError('invalid_request', asked.why)
      case 'unknown-account':
        throw new ApiError('not_found')
      case 'too-many-accounts':
        throw new ApiError('too_many_accounts')
      case 'too-many':
        throw new ApiError('too_many_requests')
    }
  })

  /** Only what the user saw is accepted. */
  router.post(ROUTES.connectionAcceptance, ...changing, ...json, async (request, response) => {
    const [provider, id] = [providerIn(request, offered), accountIn(request)]
    const { data: seen } = AcceptRequest.safeParse(request.body)
    if (!seen) throw new ApiError('invalid_request', 'Send {"generation": …} as the list shows it.')
    const who = askerOf(request)
    if (!find(await connections.read(who.user, provider.id), id)) throw new ApiError('not_found')
    if (!(await connections.accept(who, provider.id, id, seen.generation))) throw new ApiError('authorization_settled')
    await sendRow(request, response, provider, id)
  })

  /** Another user's account and an unknown one get the same answer. */
  router.delete(ROUTES.connection, ...changing, async (request, response) => {
    const provider = providerIn(request, offered)
    const who = askerOf(request)
    const at = await connections.read(who.user, provider.id)
    const ids = at.connections.flatMap(({ id, entry }) => (entry ? [id] : []))
    if (request.query.account === undefined && ids.length > 1)
      throw new ApiError('invalid_request', 'Say which account: ?account=<id>.')
    const id = request.query.account === undefined ? (ids[0] ?? at.connections[0]?.id) : accountIn(request)
    // Without a connection, what is still being asked for is called off.
    const { calledOff } = await authorization.disconnect(who, provider.id, id)
    const isKnown = find(await connections.read(who.user, provider.id), id) !== undefined
    if (!isKnown && calledOff === 0) throw new ApiError('not_found')
    await sendRow(request, response, provider, id)
  })

  router.put(ROUTES.connectionDefault, ...changing, ...json, async (request, response) => {
    const provider = providerIn(request, offered)
    const choice = DefaultAccount.safeParse(request.body)
    if (!choice.success) throw new ApiError('invalid_request', 'Send {"account": "<id>"}.')
    const who = askerOf(request)
    const { account } = choice.data
    if (!isLive(find(await connections.read(who.user, provider.id), account))) throw new ApiError('not_found')
    await connections.makeDefault(who.user, provider.id, account)
    audit({ event: 'default_account_chosen', ...who, provider: provider.id, accountId: account })
    response.status(204).end()
  })

  router.put(ROUTES.askFirst, ...changing, ...json, async (request, response) => {
    const provider = offered.get(String(request.params.provider))
    if (!provider || provider.readOnly) throw new ApiError('not_found')
    const choice = AskFirst.strict().safeParse(request.body)
    if (!choice.success) throw new ApiError('invalid_request', 'Send {"askFirst": true} or {"askFirst": false}.')
    const who = askerOf(request)
    await dependencies.askFirst.choose(who.user, provider.id, choice.data.askFirst)
    audit({ event: 'ask_first_chosen', ...who, provider: provider.id, ...choice.data })
    response.status(204).end()
  })

  router.all(ROUTES.connections, methodNotAllowed('GET'))
  if (listOfClients) router.all(ROUTES.consentRequests, methodNotAllowed('GET'))
  router.all([ROUTES.connectionAuthorizations, ROUTES.connectionAcceptance], methodNotAllowed('POST'))
  router.all(ROUTES.connection, methodNotAllowed('DELETE'))
  router.all([ROUTES.connectionDefault, ROUTES.askFirst], methodNotAllowed('PUT'))
  return router
}

const startOf = ({ id, expiresAt }: Authorization) => ({
  authorizationId: id,
  startUrl: startAuthorizationPath(id),
  expiresAt: new Date(expiresAt).toISOString(),
})

/** @throws ApiError also for a provider without consent */
function providerIn(request: Request, offered: OfferedProviders): OfferedProvider {
  const provider = offered.get(String(request.params.provider))
  if (provider?.credential !== 'user') throw new ApiError('not_found')
  return provider
}

/** @throws ApiError the same as for an unknown account */
function accountIn(request: Request): ConnectionId {
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
