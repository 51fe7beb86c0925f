import { AuthorizationId, BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE, userSessionKey } from '@agent-identity/contracts'
import { expect } from '@jest/globals'
import { ISSUER } from '../fake-openid-provider.ts'
import { cookieOf, userSessionRefOf } from '../redis.ts'
import { type Authorization, at, endSession, isTouched, type Model, recent } from './model.ts'
import { always, command, hasAuthorization, person, type Real, recordOf } from './real.ts'

/** The default of PENDING_AUTHORIZATION_TTL_SECONDS. */
const TTL_SECONDS = 600

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
    endSession(model, at(model.browsers, browser).session, 'deleted')
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
    endSession(model, session, 'deleted')
    model.browsers[browser] = {}
    for (const one of model.authorizations.filter(
      ({ status, session: of, expiresAt }) => status === 'gone' && !of.touched && real.clock.now < expiresAt,
    ))
      expect((await recordOf(real, one)).status).not.toBe('pending')
  })

/** Like the expiry of a user session, which deletes no authorization. Here its tokens stay, too. */
export const sessionEnds = (browser: number) =>
  command(
    `the user session of browser ${browser} runs out`,
    (model) => !!at(model.browsers, browser).session,
    async (model, real) => {
      const { session } = at(model.browsers, browser)
      if (session) await real.redis.del(userSessionKey(session.ref))
      endSession(model, session, 'left')
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
  if (answer.status === 200) {
    expect(real.services.agentcore.vault.has(`${session.user} ${provider}`)).toBe(true)
    return undefined
  }
  expect(answer.status).toBe(201)
  const { authorizationId, expiresAt } = JSON.parse(answer.body) as { authorizationId: string; expiresAt: string }
  expect(real.services.agentcore.sessionOf(authorizationId)?.user).toBe(session.user)
  const known = model.authorizations.find(({ id }) => id === authorizationId)
  if (known) {
    expect([known.session, known.provider]).toEqual([session, provider])
    return known
  }
  const asked: Authorization = {
    id: AuthorizationId.parse(authorizationId),
    provider,
    session,
    expiresAt: Date.parse(expiresAt),
    status: 'pending',
    consented: false,
  }
  expect(asked.expiresAt).toBe(real.clock.now + TTL_SECONDS * 1_000)
  model.authorizations.push(asked)
  return asked
}

export const start = (browser: number, back: number) =>
  command(`starts the ${back}. last one, browser ${browser}`, hasAuthorization, async (model, real) => {
    await startIn(model, real, browser, recent(model, back))
  })

export async function startIn(model: Model, real: Real, browser: number, of: Authorization): Promise<void> {
  const state = at(model.browsers, browser)
  const jar = at(real.browsers, browser)
  const answer = await jar.send(new URL(`/authorizations/${of.id}/start`, real.services.app), {
    via: at(real.services.workloads, browser),
  })
  const own = state.session?.alive === true && state.session === of.session && of.status !== 'gone'
  const open = of.status === 'pending' && real.clock.now < of.expiresAt
  const here = state.mark !== undefined && state.mark === of.session.mark
  if (!isTouched(model, browser))
    expect(answer.status).toBe(!state.session?.alive ? 401 : !own ? 404 : !open ? 409 : here ? 303 : 404)
  if (answer.status !== 303) {
    expect(answer.headers.location).toBeUndefined()
    return
  }
  expect([state.session === of.session, here, real.clock.now < of.expiresAt]).toEqual([true, true, true])
  of.startedIn = state.mark
  of.authorizationUrl = answer.headers.location ?? ''
  // The model's attackers know every return URL, even before the consent.
  const session = real.services.agentcore.sessionAt(of.authorizationUrl)
  expect(session).toBe(real.services.agentcore.sessionOf(of.id))
  if (session) of.returnUrl = new URL(session.returnUrl)
}

export const consent = (back: number) =>
  command(`a person consents to the ${back}. last one`, hasAuthorization, async (model, real) =>
    consentTo(real, recent(model, back)),
  )

export function consentTo(real: Real, of: Authorization): void {
  if (of.authorizationUrl && real.services.agentcore.consent(of.authorizationUrl)) of.consented = true
}

/** Gives later commands something to attack. */
export const goAsFarAsReturn = (browser: number, provider: number) =>
  command(
    `asks, starts and consents for ${at(PROVIDERS, provider)}, browser ${browser}`,
    always,
    async (model, real) => {
      const of = await ask(model, real, browser, at(PROVIDERS, provider))
      if (!of) return
      await startIn(model, real, browser, of)
      consentTo(real, of)
    },
  )

export const cancel = (browser: number, back: number) =>
  command(`cancels the ${back}. last one, browser ${browser}`, hasAuthorization, async (model, real) => {
    const of = recent(model, back)
    const { session } = at(model.browsers, browser)
    const answer = await at(real.browsers, browser).api(`${real.services.app}/api/authorizations/${of.id}`, {
      method: 'DELETE',
      via: at(real.services.workloads, browser),
    })
    const own = session === of.session && of.status !== 'gone'
    if (!session?.touched)
      expect(answer.status).toBe(!session?.alive ? 401 : !own ? 404 : of.status === 'pending' ? 204 : 409)
    if (answer.status !== 204) return
    expect(session).toBe(of.session)
    of.status = 'cancelled'
  })

export const tick = (seconds: number) =>
  command(`${seconds} s pass`, always, async (_model, real) => {
    real.clock.now += seconds * 1_000
  })
