import {
  type AskFirstChoices,
  type ComposedAuthorization,
  connectionRoutes,
  listConnections,
  listOfClients,
  listWithoutConsent,
  startRoutes,
} from '@agent-identity/authorization'
import {
  type AgentWorkloadEnvironment,
  API_ERRORS,
  type RateLimited,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import {
  type Audit,
  type Clock,
  clientAddress,
  createRateLimits,
  type Logger,
  limitRequests,
  type RedisClient,
  requireSameOrigin,
} from '@agent-identity/service-runtime'
import type { Offer } from '@agent-identity/tools'
import {
  type CurrentUserSession,
  type OidcClient,
  type Revocations,
  signInRoutes,
  type UserSessions,
  type UserTokenStore,
} from '@agent-identity/user-session'
import type { Request, Router } from 'express'
import { everyConnection } from './composition/every-connection.ts'
import { knownProviders } from './composition/known-providers.ts'
import type { ComposedPeople } from './composition/people.ts'
import { confirmationRoutes } from './confirmations/confirmation-routes.ts'
import type { Confirmations } from './confirmations/confirmations.ts'
import type { Confirming } from './confirmations/index.ts'
import { connectionEventsRoute } from './event-streams/connection-events-route.ts'
import type { EventStreams } from './event-streams/event-streams.ts'
import { clientAuthorizationPage, otherConsentOpenPage, signInFailedPage, usersPage } from './page/index.ts'
import { pageRoutes } from './page-routes.ts'
import { administratorRoutes } from './people/administrator-routes.ts'
import { ownDataRoutes } from './people/own-data-routes.ts'
import { requireSameBrowser } from './people/require-same-browser.ts'
import { sessionRoute } from './session-route.ts'
import { conversationRoutes } from './turns/conversation-routes.ts'
import { turnRoutes } from './turns/turn-routes.ts'
import type { Turns } from './turns/turns.ts'
import type { waitingTurns } from './turns/waiting-turns.ts'
import type { WorkQueue } from './turns/work-queue.ts'

interface Dependencies {
  config: AgentWorkloadEnvironment
  redis: RedisClient
  sessions: UserSessions
  userTokens: UserTokenStore
  oidc: OidcClient
  revocations: Revocations
  turns: Turns
  work: WorkQueue
  eventStreams: EventStreams
  authorization: ComposedAuthorization
  waiting: ReturnType<typeof waitingTurns>
  confirmations: Confirmations
  confirming: Confirming
  people: ComposedPeople
  onSignOut(ref: UserSessionRef, user: UserRef | undefined): Promise<void>
  askFirst: AskFirstChoices
  offer: Offer
  audit: Audit
  clock: Clock
  log: Logger
}

export function createRoutes(dependencies: Dependencies): Router[] {
  const { config, redis, sessions, turns, work, authorization, people, offer, audit, clock, log } = dependencies
  const { authorizations, connections, uses } = authorization
  const { askFirst } = dependencies
  const currentUserSession = (request: Request) => sessions.current(request)
  const userSessionOf = (request: Request) => signedIn(sessions.current(request))
  const guards = {
    requireUser: sessions.requireUser,
    requireSameOrigin: requireSameOrigin(config.PUBLIC_URL),
    userSessionOf,
  }

  const rateLimit = createRateLimits({ redis, keys: config.USER_SESSION_KEYS })
  const limitPerAddress = (limited: RateLimited, perMinute: number) =>
    limitRequests(rateLimit(limited, perMinute), (request) => clientAddress(request, config.TRUSTED_PROXIES))
  const limitPerUser = (limited: RateLimited, perMinute: number) =>
    limitRequests(rateLimit(limited, perMinute), (request) => userSessionOf(request).userRef)
  const limitReads = limitPerUser('connection-list', config.CONNECTION_READS_PER_USER_PER_MINUTE)
  const listing = { offered: offer.providers, connections, authorizations, askFirst, uses }
  const connectionsOf = (userSession: CurrentUserSession) => listConnections(userSession, listing)
  const limitPerUserSession = (limited: RateLimited, perMinute: number) =>
    limitRequests(rateLimit(limited, perMinute), (request) => userSessionOf(request).ref)

  // Where there is an MCP server.
  const ofClients = config.CONNECTION_KEYS
    ? (userSession: CurrentUserSession) => listOfClients(userSession, { ...listing, clock })
    : undefined

  const limitRefused = rateLimit('different-browser', config.PERSONAL_DATA_REQUESTS_PER_USER_PER_MINUTE)
  const sameBrowser = requireSameBrowser({ userSessionOf, limit: limitRefused, audit })
  const ofPeople = { erasures: people.erasures, sameBrowser, audit, clock, ...guards }
  const isErased = ({ userRef, signedInAt }: CurrentUserSession) => people.isErased(userRef, signedInAt)

  return [
    signInRoutes({
      sessions,
      tokens: dependencies.userTokens,
      oidc: dependencies.oidc,
      revocations: dependencies.revocations,
      redis,
      userTokensKeys: config.USER_TOKENS_KEYS,
      publicUrl: config.PUBLIC_URL,
      limit: limitPerAddress('sign-in', config.SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE),
      ...(config.OIDC_BACK_CHANNEL_LOGOUT === 'on' && {
        limitBackChannelLogout: limitPerAddress(
          'back-channel-logout',
          config.BACK_CHANNEL_LOGOUTS_PER_ADDRESS_PER_MINUTE,
        ),
      }),
      onSignOut: dependencies.onSignOut,
      onSignedIn: authorization.lookAtLeft,
      isErased: people.isErased,
      renderSignInFailed: (response, status) => {
        response.status(status).type('html').send(String(signInFailedPage()))
      },
      audit,
      clock,
      log,
    }),
    sessionRoute(guards),
    turnRoutes({
      turns,
      work,
      eventStreams: dependencies.eventStreams,
      limitTurns: limitPerUser('turn', config.TURNS_PER_USER_PER_MINUTE),
      limitStreams: limitPerUser('turn-stream', config.TURN_STREAMS_PER_USER_PER_MINUTE),
      isErased,
      eraseConversation: people.conversations.erase,
      ...guards,
    }),
    conversationRoutes({
      turns,
      conversations: people.conversations,
      limitReads: limitPerUser('conversation', config.CONVERSATION_READS_PER_USER_PER_MINUTE),
      limitErasing: limitPerUser('conversation-erasure', config.CONVERSATION_READS_PER_USER_PER_MINUTE),
      sameBrowser,
      audit,
      ...guards,
    }),
    startRoutes({
      authorization,
      tellSetAside: dependencies.waiting.tellSetAside,
      renderOtherConsentOpen(response, open, asked) {
        const { status } = API_ERRORS.other_consent_open
        response
          .status(status)
          .type('html')
          .send(otherConsentOpenPage({ open, asked, now: clock() }))
      },
      renderAskFirst(response, asked, at, { user }) {
        response
          .type('html')
          .send(clientAuthorizationPage({ authorization: asked, at, user, offered: offer.providers }))
      },
      limit: limitPerUserSession('start', config.STARTS_PER_USER_SESSION_PER_MINUTE),
      limitRefused: limitPerAddress('refused-start', config.REFUSED_STARTS_PER_ADDRESS_PER_MINUTE),
      limitCancel: limitPerUserSession('cancel', config.STARTS_PER_USER_SESSION_PER_MINUTE),
      currentUserSession,
      audit,
      ...guards,
    }),
    confirmationRoutes({
      confirmations: dependencies.confirmations,
      turns,
      settle: dependencies.confirming.settle,
      limit: limitPerUser('confirmation', config.TURNS_PER_USER_PER_MINUTE),
      audit,
      ...guards,
    }),
    // Before the routes of a provider: `/api/connections/events` also fits `/api/connections/:provider`.
    connectionEventsRoute({ eventStreams: dependencies.eventStreams, limitReads, ...guards }),
    connectionRoutes({
      offered: offer.providers,
      authorization,
      list: connectionsOf,
      listOfClients: ofClients,
      askFirst,
      limitReads,
      limitReadsOfClients: limitPerUser('consent-request-list', config.CONNECTION_READS_PER_USER_PER_MINUTE),
      limit: limitPerUserSession('connect', config.CONNECTS_PER_USER_SESSION_PER_MINUTE),
      audit,
      ...guards,
    }),
    ownDataRoutes({
      data: {
        ...people,
        known: knownProviders(offer.providers),
        connectionsOf: (userSession) => everyConnection(userSession, listing),
        userSessions: sessions,
        ...{ authorizations, askFirst, clock, log },
      },
      limit: limitPerUser('personal-data', config.PERSONAL_DATA_REQUESTS_PER_USER_PER_MINUTE),
      limitErasing: limitPerUser('erasure', config.PERSONAL_DATA_REQUESTS_PER_USER_PER_MINUTE),
      isErased,
      ...ofPeople,
    }),
    ...(config.ADMIN_GROUP === undefined
      ? []
      : [
          administratorRoutes({
            currentUserSession,
            group: config.ADMIN_GROUP,
            issuer: config.OIDC_ISSUER,
            signInMaxAgeMs: config.ADMIN_SIGN_IN_MAX_AGE_SECONDS * 1_000,
            limit: rateLimit('erasure', config.PERSONAL_DATA_REQUESTS_PER_USER_PER_MINUTE),
            renderUsersPage: (response, { user }) =>
              void response.type('html').send(usersPage({ user, issuer: config.OIDC_ISSUER, chat: config.CHAT_PAGE })),
            ...ofPeople,
          }),
        ]),
    pageRoutes({
      limitConnectionReads: limitReads,
      currentUserSession,
      chat: config.CHAT_PAGE,
      suggestions: offer.suggestions,
      connectionsOf,
      askedByClientsOf: ofClients,
      isAdministrator: ({ administratorOf }) => administratorOf !== undefined && administratorOf === config.ADMIN_GROUP,
      withoutConsentOf: ({ userRef }) => listWithoutConsent(userRef, { offered: offer.providers, askFirst }),
      clock,
    }),
  ]
}

function signedIn(userSession: CurrentUserSession | undefined): CurrentUserSession {
  if (!userSession) throw new Error('requireUser is missing on this route')
  return userSession
}
