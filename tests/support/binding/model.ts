import {
  type AuthorizationId,
  type BindingOutcome,
  MOST_LIVE_STARTS,
  START_TRANSITIONS,
  type StartId,
  type StartStatus,
  type UserSessionRef,
} from '@agent-identity/contracts'
import type { CompletionFault } from '../fake-agentcore.ts'

/** Every browser knows every link and return URL. Only a browser that got a cookie, or a copy of it, knows the cookie. */
export interface Model {
  browsers: { session?: Session | undefined; mark?: string | undefined }[]
  authorizations: Authorization[]
  starts: Start[]
  fault?: CompletionFault | undefined
}

export interface Session {
  user: string
  ref: UserSessionRef
  alive: boolean
  /** The browser-binding cookie. */
  mark: string | undefined
  /** A writer of Redis has changed its records: the model cannot predict what still works. */
  touched?: boolean
}

export interface Authorization {
  id: AuthorizationId
  provider: string
  session: Session
  expiresAt: number
  starts: Start[]
  opened: number
  isOver: boolean
}

export interface Start {
  id: StartId
  of: Authorization
  expiresAt: number
  /** `left`: it has left its browser. */
  status: 'pending' | 'bound' | 'failed' | 'denied' | 'left' | 'unconfirmed' | 'cancelled' | 'expired' | 'gone'
  startedIn: string | undefined
  authorizationUrl: string
  returnUrl: URL
  consented: boolean
  statuses?: StartStatus[]
}

export const at = <Item>(items: readonly Item[], index: number): Item => items[index % items.length] as Item
export const recent = <Item>(items: readonly Item[], back: number): Item => items.at(-1 - (back % items.length)) as Item
export const isOpen = ({ isOver, expiresAt }: Authorization, now: number): boolean => !isOver && now < expiresAt

/** The outcome to show, and the status to set, if any. `left`: its return was in the wrong hands, and ends it without a call. */
export function expected(
  model: Model,
  { browser, url, of }: Return,
  now: number,
): { outcome: BindingOutcome; status?: Start['status']; left?: true } {
  const { session, mark } = at(model.browsers, browser)
  const rightful = isRightful(model, browser, of)
  const left = !rightful && of.status === 'pending' && hasBoth(url, of) && ({ status: 'left', left: true } as const)
  if (!session?.alive) return { outcome: 'not_signed_in', ...left }
  if (!rightful || !sameReturn(url, of)) return { outcome: 'not_recognized', ...left }
  if (mark === undefined) throw new Error('A rightful browser has a mark')
  switch (of.status) {
    case 'bound':
      return { outcome: 'already_bound' }
    case 'unconfirmed':
      return { outcome: 'try_again' }
    case 'failed':
    case 'left':
      return { outcome: 'not_recognized' }
    case 'denied':
      return { outcome: 'denied' }
    case 'cancelled':
    case 'expired':
      return { outcome: 'expired' }
    case 'gone':
      return { outcome: 'not_recognized' }
    case 'pending':
      if (now >= of.expiresAt) return { outcome: 'expired' }
      if (url.searchParams.has('error')) return { outcome: 'denied', status: 'denied' }
      return afterCompletion(model.fault ?? (of.consented ? undefined : 'refused'))
  }
}

function afterCompletion(fault: CompletionFault | undefined): {
  outcome: BindingOutcome
  status: Start['status']
} {
  if (fault === undefined) return { outcome: 'bound', status: 'bound' }
  if (fault === 'refused') return { outcome: 'not_recognized', status: 'failed' }
  return { outcome: 'try_again', status: 'unconfirmed' }
}

export function isRightful(model: Model, browser: number, of: Start): boolean {
  const { session, mark } = at(model.browsers, browser)
  const asked = session?.alive && session === of.of.session && of.status !== 'gone'
  return asked === true && mark !== undefined && of.startedIn === mark
}

/** Does not ask whether the user session is alive: a writer of Redis may have restored or deleted it. */
export function mayBeRightful(model: Model, browser: number, of: Start): boolean {
  const { session, mark } = at(model.browsers, browser)
  return session === of.of.session && mark !== undefined && of.startedIn === mark
}

export const isTouched = (model: Model, browser: number): boolean =>
  at(model.browsers, browser).session?.touched === true

/** In any number of steps, also none. */
export function canBecome(from: StartStatus, to: StartStatus): boolean {
  const reached = new Set([from])
  for (const status of reached) for (const next of START_TRANSITIONS) if (next.from === status) reached.add(next.to)
  return reached.has(to)
}

const hasBoth = ({ searchParams: given }: URL, { returnUrl }: Start): boolean =>
  ['state', 'session_id'].every((name) => given.get(name) === returnUrl.searchParams.get(name))

/** The return of a denied consent may have no session URI. */
export function sameReturn(url: URL, { returnUrl }: Start): boolean {
  const [given, right] = [url.searchParams, returnUrl.searchParams]
  const sameUri = given.get('session_id') === right.get('session_id')
  return given.get('state') === right.get('state') && (sameUri || (given.has('error') && !given.has('session_id')))
}

export interface Return {
  browser: number
  url: URL
  of: Start
}

/** The oldest beyond three is called off. */
export function addStart(model: Model, start: Start): void {
  const { of } = start
  model.starts.push(start)
  of.starts.push(start)
  of.opened += 1
  of.expiresAt = Math.max(of.expiresAt, start.expiresAt)
  callOff(of.starts.splice(0, of.starts.length - MOST_LIVE_STARTS))
}

/** @param by the start that has ended it */
export function endAuthorization(of: Authorization, by?: Start): void {
  of.isOver = true
  callOff(of.starts.filter((one) => one !== by))
}

function callOff(starts: readonly Start[]): void {
  for (const one of starts) if (one.status === 'pending') one.status = 'cancelled'
}

/** `left`: it has expired, and no replica has called off what was asked for in it. */
export function endSession(
  model: Model,
  session: Session | undefined,
  asked: 'called off' | 'left',
  now: number,
): void {
  // A sign-out after the user session has expired calls off nothing.
  if (!session?.alive) return
  session.alive = false
  if (asked === 'left') return
  for (const one of model.authorizations) if (one.session === session && isOpen(one, now)) endAuthorization(one)
}
