import type { listConnections, listOfClients, listWithoutConsent } from '@agent-identity/authorization'
import { API_ERRORS, AuthorizationId, ConversationId, ROUTES } from '@agent-identity/contracts'
import {
  ApiError,
  type Clock,
  methodNotAllowed,
  notLoadedByAnotherSite,
  requestIdOf,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express'
import {
  accountPage,
  assetRoutes,
  cannotStartPage,
  chatPage,
  connectionsPage,
  homePage,
  notFoundPage,
  problemPage,
  START_ADVICE,
  signedOutPage,
  tryAgainPage,
} from './page/index.ts'

interface Dependencies {
  currentUserSession(request: Request): CurrentUserSession | undefined
  /** `off`: `GET /` has no chat. */
  chat: 'on' | 'off'
  isAdministrator(userSession: CurrentUserSession): boolean
  connectionsOf(userSession: CurrentUserSession): ReturnType<typeof listConnections>
  /** Where there is an MCP server. */
  askedByClientsOf?: ((userSession: CurrentUserSession) => ReturnType<typeof listOfClients>) | undefined
  suggestions: readonly string[]
  withoutConsentOf(userSession: CurrentUserSession): ReturnType<typeof listWithoutConsent>
  limitConnectionReads: RequestHandler
  clock: Clock
}

export function pageRoutes(dependencies: Dependencies): Router {
  const { currentUserSession, chat, suggestions, isAdministrator, limitConnectionReads, clock } = dependencies
  const router = Router()

  const signIn: RequestHandler = (request, response) => {
    response.redirect(302, `${ROUTES.signIn}?${new URLSearchParams({ return_to: request.originalUrl })}`)
  }

  router.get(ROUTES.chatPage, (request, response, next) => {
    const userSession = currentUserSession(request)
    if (!userSession) return void signIn(request, response, next)
    if (chat === 'off') return void response.type('html').send(homePage({ user: userSession.user }))
    const conversationId = ConversationId.safeParse(request.query.conversation).data
    response.type('html').send(String(chatPage({ user: userSession.user, suggestions, conversationId })))
  })

  const signedInOnly: RequestHandler = (request, response, next) =>
    currentUserSession(request) ? next() : signIn(request, response, next)

  const countedReads = [signedInOnly, notLoadedByAnotherSite, limitConnectionReads]
  router.get(ROUTES.connectionsPage, ...countedReads, async (request, response, next) => {
    const userSession = currentUserSession(request)
    // The user session may have run out since `signedInOnly`.
    if (!userSession) return void signIn(request, response, next)
    const [connections, askedByClients, withoutConsent] = await Promise.all([
      dependencies.connectionsOf(userSession),
      dependencies.askedByClientsOf?.(userSession),
      dependencies.withoutConsentOf(userSession),
    ])
    const { user } = userSession
    const page = { user, connections, askedByClients, withoutConsent, chat, now: clock() }
    response.type('html').send(String(connectionsPage(page)))
  })

  router.get(ROUTES.accountPage, (request, response, next) => {
    const userSession = currentUserSession(request)
    if (!userSession) return void signIn(request, response, next)
    const { user } = userSession
    response.type('html').send(accountPage({ user, isAdministrator: isAdministrator(userSession), chat }))
  })

  router.get(ROUTES.signedOut, (_request, response) => {
    response.type('html').send(String(signedOutPage()))
  })

  router.use(ROUTES.assets, assetRoutes())
  router.all(
    [ROUTES.chatPage, ROUTES.connectionsPage, ROUTES.accountPage, ROUTES.signedOut],
    methodNotAllowed('GET', 'HEAD'),
  )
  return router
}

const startedIn = (path: string) => /^\/authorizations\/([^/]+)\/start(?:-instead)?\/?$/i.exec(path)?.[1]

/** Outside `/api/` browsers get an `ApiError` as a page. */
export const pageErrorHandler: ErrorRequestHandler = (error, request, response, next) => {
  const isPage = !request.path.startsWith('/api/') && request.accepts(['json', 'html']) === 'html'
  if (!isPage || !(error instanceof ApiError) || response.headersSent) return next(error)
  const { status, title } = API_ERRORS[error.code]
  const started = startedIn(request.path)
  const id = error.code === 'try_again' ? AuthorizationId.safeParse(started).data : undefined
  if (id)
    return void response
      .status(status)
      .type('html')
      .send(tryAgainPage({ id, requestId: requestIdOf(request) }))
  const advice =
    (START_ADVICE as Partial<Record<string, string>>)[error.code] ?? 'Go back to where you asked and try again.'
  const page =
    error.code !== 'not_found'
      ? problemPage({ title, advice, requestId: requestIdOf(request) })
      : started !== undefined
        ? cannotStartPage()
        : notFoundPage()
  response.status(status).type('html').send(page)
}
