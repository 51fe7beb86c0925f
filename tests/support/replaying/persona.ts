import {
  AuthorizationId,
  ConfirmationId,
  type StartId,
  startIdOfState,
  TurnId,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { EventStream } from '../event-stream.ts'
import { ISSUER } from '../fake-openid-provider.ts'
import { HttpBrowser } from '../http-browser.ts'
import { outcomeOf } from '../person.ts'
import { userSessionRefOf } from '../redis.ts'
import type { CountedServices } from './counted-services.ts'

/** A user with one browser, and what their records are named by. */
export interface Persona {
  name: string
  browser: HttpBrowser
  user: UserRef
  userSession: UserSessionRef
  turns: TurnId[]
  authorizations: AuthorizationId[]
  starts: StartId[]
  confirmations: ConfirmationId[]
}

export async function signIn(services: CountedServices, name: string): Promise<Persona> {
  const browser = new HttpBrowser()
  const left = await browser.navigate(`${services.app}/auth/sign-in`, { until: (url) => url.origin === ISSUER })
  const state = left.url.searchParams.get('state') ?? ''
  await browser.send(new URL(`/auth/callback?${new URLSearchParams({ code: name, state })}`, services.app), {})
  const userSession = await userSessionRefOf({ browser, username: name, stack: services })
  const user = userRef({ issuer: ISSUER, subject: name })
  return { name, browser, user, userSession, turns: [], authorizations: [], starts: [], confirmations: [] }
}

export async function ask(services: CountedServices, persona: Persona, message: string): Promise<EventStream> {
  const answer = await persona.browser.api(`${services.app}/api/turns`, { method: 'POST', json: { message } })
  if (answer.status !== 202) throw new Error(`${answer.status} ${answer.body}`)
  const { turnId, eventsUrl } = JSON.parse(answer.body)
  persona.turns.push(TurnId.parse(turnId))
  return EventStream.open(persona.browser, new URL(eventsUrl, services.app))
}

export async function connect(services: CountedServices, persona: Persona, stream: EventStream): Promise<void> {
  const { data } = await stream.next('authorization_required')
  persona.authorizations.push(AuthorizationId.parse(data.authorizationId))
  const started = await persona.browser.send(new URL(data.startUrl, services.app), {})
  const back = services.agentcore.consent(String(started.headers.location), persona.name)
  const returnUrl = new URL(String(back))
  persona.starts.push(startIdOfState(returnUrl.searchParams.get('state') ?? ''))
  const page = await persona.browser.send(returnUrl, {
    via: services.binding,
    headers: { accept: 'text/html' },
  })
  if (outcomeOf(page) !== 'bound') throw new Error(`The consent ended with ${outcomeOf(page)}`)
}

export async function isAskedToConfirm(persona: Persona, stream: EventStream): Promise<ConfirmationId> {
  const { data } = await stream.next('confirmation_required')
  const id = ConfirmationId.parse(data.confirmationId)
  persona.confirmations.push(id)
  return id
}

export const confirm = (services: CountedServices, { browser }: Persona, id: ConfirmationId) =>
  browser.api(`${services.app}/api/confirmations/${id}`, { method: 'POST', json: { answer: 'confirmed' } })
