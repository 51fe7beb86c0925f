import {
  AuthorizationId,
  BROWSER_BINDING_COOKIE,
  startIdOfState,
  USER_SESSION_COOKIE,
  userSessionKey,
} from '@agent-identity/contracts'
import { expect } from '@jest/globals'
import { ISSUER } from '../fake-openid-provider.ts'
import { cookieOf, userSessionRefOf } from '../redis.ts'
import {
  type Authorization,
  addStart,
  at,
  endAuthorization,
  endSession,
  isOpen,
  isTouched,
  type Model,
  recent,
  type Start,
} from './model.ts'
import { always, command, hasAuthorization, hasStart, person, type Real, recordOf } from './real.ts'

/** The default of PENDING_AUTHORIZATION_TTL_SECONDS, and how long AgentCore keeps an authorization session. */
const TTL_MS = 600_000
/** Of one authorization. */
const MOST_STARTS = 10
/** The default of PENDING_AUTHORIZATIONS_PER_USER_SESSION. */
const MOST_AUTHORIZATIONS = 10

export const USERS = ['alice', 'bob'] as const
export const PROVIDERS = ['github', 'google-calendar'] as const

export const signIn = (browser: number, user: number) =>
  command(`${at(USERS, user)} signs in, browser ${browser}`, always, async (model, real) => {
    const jar = at(real.browsers, browser)
    const left = await jar.navigate(`${real.services.app}/auth/sign-in`, { until: (url) => url.origin === ISSUER })
    const back = new URL('/auth/callback', real.services.app)
    back.search = String(
      new URLSearchParams({ code: at(USERS, user), state: left.url.searchParams.get('state') ?? '' }),
    )
    await jar.send(back, { via: at(real.services.workloads, user) })
    endSession(model, at(model.browsers, browser).session, 'called off', real.clock.now)
    const ref = await userSessionRefOf(person(real, jar))
    const mark = await cookieOf(person(real, jar), BROWSER_BINDING_COOKIE)
    model.browsers[browser] = { session: { user: at(USERS, user), ref, alive: true, mark }, mark }
  })

export const signOut = (browser: number) =>
  command(`signs out, browser ${browser}`, always, async (model, real) => {
    await at(real.browsers, browser).api(`${real.services.app}/auth/sign-out`, {
      method: 'POST',
      via: at(real.services.workloads, browser),
    })
    const { session } = at(model.browsers, browser)
    endSession(model, session, 'called off', real.clock.now)
    model.browsers[browser] = {}
    for (const one of model.starts.filter(({ status, of }) => status === 'cancelled' && !of.session.touched))
      expect((await recordOf(real, one)).status).toBe('cancelled')
  })

/** Like the expiry of a user session, which calls off nothing. Here its tokens stay, too. */
export const sessionEnds = (browser: number) =>
  command(
    `the user session of browser ${browser} runs out`,
    (model) => !!at(model.browsers, browser).session,
    async (model, real) => {
      const { session } = at(model.browsers, browser)
      if (session) await real.redis.del(userSessionKey(session.ref))
      endSession(model, session, 'left', real.clock.now)
    },
  )

export const stealCookie = (from: number, to: number) =>
  command(
    `browser ${to} gets browser ${from}’s user session cookie`,
    (model) => from !== to && !!at(model.browsers, from).session,
    async (model, real) => {
      const value = await cookieOf(person(real, at(real.browsers, from)), USER_SESSION_COOKIE)
      await at(real.browsers, to).jar.setCookie(
        `${USER_SESSION_COOKIE}=${value}; Path=/; Secure; HttpOnly`,
        real.services.app,
      )
      at(model.browsers, to).session = at(model.browsers, from).session
    },
  )

export const connect = (browser: number, provider: number) =>
  command(`asks for ${at(PROVIDERS, provider)}, browser ${browser}`, always, async (model, real) => {
    await ask(model, real, browser, at(PROVIDERS, provider))
  })

export async function ask(
  model: Model,
  real: Real,
  browser: number,
  provider: string,
): Promise<Authorization | undefined> {
  const { session } = at(model.browsers, browser)
  const answer = await at(real.browsers, browser).api(
    `${real.services.app}/api/connections/${provider}/authorizations`,
    {
      method: 'POST',
      via: at(real.services.workloads, browser),
    },
  )
  if (!session || (!session.alive && !session.touched)) {
    expect(answer.status).toBe(401)
    return undefined
  }
  if (session.touched && answer.status >= 400) return undefined
  if (answer.status === 429) {
    const open = model.authorizations.filter((one) => one.session === session && isOpen(one, real.clock.now))
    expect(open.length).toBeGreaterThanOrEqual(MOST_AUTHORIZATIONS)
    return undefined
  }
  expect(answer.status).toBe(201)
  const { authorizationId, expiresAt } = JSON.parse(answer.body) as { authorizationId: string; expiresAt: string }
  const known = model.authorizations.find(({ id }) => id === authorizationId)
  if (known) {
    expect([known.session, known.provider, isOpen(known, real.clock.now) || session.touched]).toEqual([
      session,
      provider,
      true,
    ])
    return known
  }
  const asked: Authorization = {
    id: AuthorizationId.parse(authorizationId),
    provider,
    session,
    expiresAt: Date.parse(expiresAt),
    starts: [],
    opened: 0,
    isOver: false,
  }
  expect(asked.expiresAt).toBe(real.clock.now + TTL_MS)
  model.authorizations.push(asked)
  return asked
}

export const start = (browser: number, back: number) =>
  command(`starts the ${back}. last one, browser ${browser}`, hasAuthorization, async (model, real) => {
    await startIn(model, real, browser, recent(model.authorizations, back))
  })

/** @returns the start, if there is one */
export async function startIn(
  model: Model,
  real: Real,
  browser: number,
  of: Authorization,
): Promise<Start | undefined> {
  const state = at(model.browsers, browser)
  const jar = at(real.browsers, browser)
  const answer = await jar.send(new URL(`/authorizations/${of.id}/start`, real.services.app), {
    via: at(real.services.workloads, browser),
  })
  const own = state.session?.alive === true && state.session === of.session
  const here = state.mark !== undefined && state.mark === of.session.mark
  const open = isOpen(of, real.clock.now)
  if (!isTouched(model, browser)) expect(answer.status).toBe(wanted())
  if (answer.status !== 303) {
    expect(answer.headers.location).toBeUndefined()
    return undefined
  }
  expect([state.session === of.session, here, real.clock.now < of.expiresAt]).toEqual([true, true, true])
  const authorizationUrl = answer.headers.location ?? ''
  const session = real.services.agentcore.sessionAt(authorizationUrl)
  expect(session?.user).toBe(of.session.user)
  // The model's attackers know every return URL, even before the consent.
  const returnUrl = new URL(session?.returnUrl ?? '')
  const start: Start = {
    id: startIdOfState(returnUrl.searchParams.get('state') ?? ''),
    of,
    expiresAt: real.clock.now + TTL_MS,
    status: 'pending',
    startedIn: state.mark,
    authorizationUrl,
    returnUrl,
    consented: false,
  }
  expect(model.starts.map(({ id }) => id)).not.toContain(start.id)
  addStart(model, start)
  return start

  function wanted(): number {
    if (!state.session?.alive) return 401
    if (!own || !here) return 404
    if (!open) return 409
    return of.opened < MOST_STARTS ? 303 : 429
  }
}

export const consent = (back: number) =>
  command(`a person consents to the ${back}. last one`, hasStart, async (model, real) =>
    consentTo(real, recent(model.starts, back)),
  )

export function consentTo(real: Real, start: Start): void {
  if (real.services.agentcore.consent(start.authorizationUrl)) start.consented = true
}

/** Gives later commands something to attack. */
export const goAsFarAsReturn = (browser: number, provider: number) =>
  command(
    `asks, starts and consents for ${at(PROVIDERS, provider)}, browser ${browser}`,
    always,
    async (model, real) => {
      const of = await ask(model, real, browser, at(PROVIDERS, provider))
      const started = of && (await startIn(model, real, browser, of))
      if (started) consentTo(real, started)
    },
  )

export const cancel = (browser: number, back: number) =>
  command(`cancels the ${back}. last one, browser ${browser}`, hasAuthorization, async (model, real) => {
    const of = recent(model.authorizations, back)
    const { session } = at(model.browsers, browser)
    const answer = await at(real.browsers, browser).api(`${real.services.app}/api/authorizations/${of.id}`, {
      method: 'DELETE',
      via: at(real.services.workloads, browser),
    })
    const own = session === of.session
    const hasComeBack = of.starts.some(({ status }) => status === 'bound')
    const wanted = !session?.alive ? 401 : !own ? 404 : of.isOver || hasComeBack ? 409 : 204
    if (!session?.touched) expect(answer.status).toBe(wanted)
    if (answer.status !== 204) return
    expect(session).toBe(of.session)
    endAuthorization(of)
  })

export const tick = (seconds: number) =>
  command(`${seconds} s pass`, always, async (_model, real) => {
    real.clock.now += seconds * 1_000
  })
