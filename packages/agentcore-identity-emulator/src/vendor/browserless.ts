import { authorize, mayOpen } from '../browser/authorize.ts'
import { missingParameters } from '../browser/browser-answer.ts'
import { callback } from '../browser/callback.ts'
import type { Travel } from '../browser/travel.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { fingerprint } from '../fingerprint.ts'
import type { AuthorizationSession } from '../state/authorization-sessions.ts'
import { answerTo, DENIED, readAuthorizationRequest } from './authorization-request.ts'
import type { BuiltInVendor } from './built-in-vendor.ts'

/** `location`: the return URL, with its query. */
export type Arrival = { location: string }

export class NoConsent extends Error {
  readonly status: 400 | 404 | 409 | 502

  constructor(status: NoConsent['status'], message: string) {
    super(message)
    this.name = 'NoConsent'
    this.status = status
  }
}

export type Browserless = {
  /** @param id the session URI or its fingerprint */
  consent(id: string, user: string): Promise<Arrival>
  deny(id: string): Promise<Arrival>
}

export function createBrowserless(state: EmulatorState, travel: Travel): Browserless {
  /** @param user the user who consents; undefined: the user denies */
  async function go(id: string, user: string | undefined): Promise<Arrival> {
    const { session, vendor } = requireOpen(id, state)
    if (user !== undefined) requireUser(user, vendor)
    const left = await travel('authorize', () => authorize({ request_uri: session.sessionUri }, state))
    const { redirectTo, setCookie = '' } = requireRedirect('authorize', left)
    const request = readRequest(Object.fromEntries(new URL(redirectTo).searchParams), state)
    const answer = user === undefined ? DENIED : { code: vendor.consent(request, user) }
    const decided = new URL(answerTo(request, answer))
    const returned = await travel('callback', () =>
      callback(
        {
          callbackId: decodeURIComponent(decided.pathname.split('/').at(-1) ?? ''),
          query: Object.fromEntries(decided.searchParams),
          cookieHeader: setCookie.split(';')[0],
        },
        state,
      ),
    )
    if (isDeadEnd(returned)) throw new NoConsent(409, deadEnd(DEAD_END))
    return { location: requireRedirect('callback', returned).redirectTo }
  }

  return { consent: go, deny: (id) => go(id, undefined) }
}

function requireUser(user: string, { users }: BuiltInVendor) {
  if (!users.includes(user))
    throw new NoConsent(400, `as: ${user} is none of the built-in authorization server's users: ${users.join(', ')}`)
}

type Query = Record<string, string>
type Travelled = Awaited<ReturnType<Travel>>

/** The callback's refusal of a denied consent, while `deniedConsent` is `dead-end`. */
const DEAD_END = missingParameters(['authorizationCode'])

const isDeadEnd = ({ outcome, dropReply }: Travelled) =>
  !dropReply && 'status' in outcome && outcome.message === DEAD_END.message

const deadEnd = ({ status, message }: { status: number; message: string }) =>
  `Denied. The browser stops at AgentCore's callback with ${status}, ${message}, and goes nowhere; the authorization stays open until it expires. With the option assumptions.deniedConsent "return" it goes to the return URL.`

function requireOpen(id: string, state: EmulatorState) {
  const session = findSession(id, state)
  if (session === undefined) throw new NoConsent(404, 'No authorization has this id, or it has expired')
  const provider = state.oauth2Providers.get(session.providerName)
  if (state.vendor === undefined || provider === undefined || !state.authorizationServers.isBuiltIn(provider)) {
    throw new NoConsent(
      409,
      `The provider ${session.providerName} is not at the built-in authorization server: a browser has to go through the vendor's pages`,
    )
  }
  if (!mayOpen(session, state)) {
    const why =
      session.status === 'waiting'
        ? 'its URL was opened already, and opens once (the option assumptions.authorizationUrl)'
        : `this authorization is ${session.status}`
    throw new NoConsent(409, `No user is asked any more: ${why}`)
  }
  return { session, vendor: state.vendor }
}

function findSession(id: string, { sessions }: EmulatorState): AuthorizationSession | undefined {
  const exact = sessions.find(id)
  if (exact || id.length > 12) return exact
  for (const { sessionUri } of sessions.all()) if (fingerprint(sessionUri) === id) return sessions.find(sessionUri)
  return undefined
}

function readRequest(query: Query, state: EmulatorState) {
  const read = readAuthorizationRequest(query, state)
  if (read.kind === 'request') return read.request
  throw new NoConsent(502, read.kind === 'refused' ? read.message : `The built-in server answers with ${read.location}`)
}

function requireRedirect(leg: string, { outcome, dropReply }: Travelled) {
  if (dropReply) throw new NoConsent(502, `${leg}: the reply was lost, as planned`)
  if ('redirectTo' in outcome) return outcome
  throw new NoConsent(502, `${leg} answers ${outcome.status}: ${outcome.message}`)
}
