import {
  type ComposedAuthorization,
  type ConsentRequestRecords,
  consentRequestListRoute,
  consentRequestRoutes,
  createConsentRequestRecords,
  hasDisconnected,
  listConsentRequests,
  startConsentRequest,
} from '@agent-identity/authorization'
import type { Offer } from '@agent-identity/tools'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Router } from 'express'
import { consentRequestPage } from '../page/index.ts'
import type { ComposedPeople } from './people.ts'
import type { Runtime } from './runtime.ts'

/** @returns undefined where there is no MCP server. */
export function composeMcp({ config, redis, log }: Runtime) {
  const { CONNECTION_KEYS: connectionKeys } = config
  return (
    connectionKeys && {
      consentRequests: createConsentRequestRecords({ redis, connectionKeys, service: 'agent-workload', log }),
    }
  )
}

type OfRoutes = Parameters<typeof consentRequestListRoute>[0] & Parameters<typeof consentRequestRoutes>[0]

export function serveConsentRequests(
  consentRequests: ConsentRequestRecords,
  dependencies: {
    authorization: ComposedAuthorization
    people: Pick<ComposedPeople, 'recordsOfUser'>
    offer: Offer
  } & Omit<OfRoutes, 'consentRequests' | 'list' | 'start' | 'hasDisconnected' | 'renderAskFirst'>,
): { list(userSession: CurrentUserSession): ReturnType<typeof listConsentRequests>; routes: Router[] } {
  const { authorization, people, offer, clock } = dependencies
  const { recordsOfUser } = people
  const list = (userSession: CurrentUserSession) =>
    listConsentRequests(userSession, { ...authorization, recordsOfUser, consentRequests, clock })
  return {
    list,
    routes: [
      consentRequestListRoute({ ...dependencies, list }),
      consentRequestRoutes({
        ...dependencies,
        consentRequests,
        start: (id, by) => startConsentRequest(id, by, { ...authorization, consentRequests, clock }),
        hasDisconnected: (asked, user) => hasDisconnected(asked, user, authorization),
        renderAskFirst: (response, asked, { user }) =>
          void response.type('html').send(consentRequestPage({ asked, user, offered: offer.providers })),
      }),
    ],
  }
}
