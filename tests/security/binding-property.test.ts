import {
  AuthorizationId,
  type BindingOutcome,
  BROWSER_BINDING_COOKIE,
  pendingAuthorizationKey,
  USER_SESSION_COOKIE,
  type UserSessionRef,
  userSessionKey,
} from '@agent-identity/contracts'
import { randomToken, redisReady } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import type { CompletionFault } from '../support/fake-agentcore.ts'
import { HttpBrowser } from '../support/http-browser.ts'
import { outcomeOf } from '../support/person.ts'
import { PROPERTY } from '../support/property.ts'
import { cookieOf, userSessionRefOf } from '../support/redis.ts'
import { ISSUER, startTwoServices, TTL_SECONDS, type TwoServices } from '../support/two-services.ts'

const USERS = ['alice', 'bob'] as const
const PROVIDERS = ['github', 'google-calendar'] as const
const BROWSERS = 3
/** When AgentCore has had the time to carry out a call that was cut off. */
const LAST_LOOK_AFTER_MS = 30_000
/** What the test believes. Everything that anybody has ever seen of an authorization is known to everybody. */
interface Model {
  browsers: { session?: Session | undefined; mark?: string | undefined }[]
  authorizations: Authorization[]
  fault?: CompletionFault | undefined
}

interface Session {
  user: string
  ref: UserSessionRef
  alive: boolean
  /** Of the browser that signed in. */
  mark: string | undefined
}

interface Authorization {
  id: AuthorizationId
  provider: string
  session: Session
  expiresAt: number
  status: 'pending' | 'bound' | 'failed' | 'denied' | 'unconfirmed' | 'cancelled' | 'expired' | 'gone'
  startedIn?: string | undefined
  authorizationUrl?: string
  returnUrl?: URL
  /** Somebody has consented, and AgentCore has not yet been asked. */
  consented: boolean
}

interface Real {
  browsers: HttpBrowser[]
}

let redis: TestRedis
let client: Redis
let services: TwoServices
let now: number
const seen = new Map<string, number>()

beforeAll(async () => {
  redis = await startTestRedis()
  client = redis.connect()
  await redisReady(client)
  services = await startTwoServices(redis, () => now)
})
afterAll(async () => {
  await services.stop()
  await redis.stop()
})

const person = (browser: HttpBrowser) => ({ browser, username: 'somebody', stack: { app: services.app } })
const at = <Item>(items: readonly Item[], index: number): Item => items[index % items.length] as Item
/** The one that was asked for last, or an earlier one. */
const recent = (model: Model, back: number) =>
  model.authorizations.at(-1 - (back % model.authorizations.length)) as Authorization
const recordOf = ({ id }: Authorization) => client.hgetall(pendingAuthorizationKey(id))

/** What session binding must show for a return, and leave behind, by the model. */
function expected(
  model: Model,
  { browser, url, of }: Return,
): { outcome: BindingOutcome; status?: Authorization['status'] } {
  const { session, mark } = at(model.browsers, browser)
  if (!session?.alive) return { outcome: 'not_signed_in' }
  if (!isRightful(model, browser, of) || !sameReturn(url, of)) return { outcome: 'not_recognized' }
  if (mark === undefined) throw new Error('A rightful browser has a mark')
  switch (of.status) {
    case 'bound':
      return { outcome: 'already_bound' }
    case 'unconfirmed':
      return { outcome: 'try_again' }
    case 'failed':
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
  status: Authorization['status']
} {
  if (fault === undefined) return { outcome: 'bound', status: 'bound' }
  if (fault === 'refused') return { outcome: 'not_recognized', status: 'failed' }
  return { outcome: 'try_again', status: 'unconfirmed' }
}

/** The person, the user session and the browser that asked and started; whatever became of it since. */
function isRightful(model: Model, browser: number, of: Authorization): boolean {
  const { session, mark } = at(model.browsers, browser)
  const asked = session?.alive && session === of.session && of.status !== 'gone'
  return asked === true && mark !== undefined && of.startedIn === mark
}

/** Denied consents may come without the session URI. */
function sameReturn(url: URL, { returnUrl }: Authorization): boolean {
  const [given, right] = [url.searchParams, returnUrl?.searchParams]
  const sameUri = given.get('session_id') === right?.get('session_id')
  return given.get('state') === right?.get('state') && (sameUri || (given.has('error') && !given.has('session_id')))
}

interface Return {
  browser: number
  url: URL
  of: Authorization
}

/** The heart of it: whoever AgentCore was asked to bind had asked, in that browser and user session, in time, once. */
function checkCompletions(model: Model, before: number, returns: readonly Return[]): void {
  const all = services.agentcore.completions
  for (const { sessionUri, user } of all.slice(before)) {
    const of = model.authorizations.find(({ returnUrl }) => returnUrl?.searchParams.get('session_id') === sessionUri)
    expect({ asked: of?.session.user }).toEqual({ asked: user })
    const by = returns.filter(
      (one) => one.of === of && isRightful(model, one.browser, one.of) && sameReturn(one.url, one.of),
    )
    expect(by.length).toBeGreaterThan(0)
    expect(now).toBeLessThan(of?.expiresAt ?? 0)
    expect(all.filter((one) => one.sessionUri === sessionUri)).toHaveLength(1)
  }
  for (const [entry, token] of services.agentcore.vault) {
    const of = model.authorizations.find(
      ({ returnUrl }) => token === `token of ${returnUrl?.searchParams.get('session_id')}`,
    )
    expect(`${of?.session.user} ${of?.provider}`).toBe(entry)
    // … in the browser in which they signed in.
    expect(of?.startedIn).toBeDefined()
    expect(of?.startedIn).toBe(of?.session.mark)
  }
}

/** A user session has ended, and with it what it was being asked for. */
function endSession(model: Model, session: Session | undefined, authorizations: 'deleted' | 'left'): void {
  // Of one that has run out, nobody knows any more what it was being asked for.
  if (!session?.alive) return
  session.alive = false
  if (authorizations === 'left') return
  for (const one of model.authorizations) if (one.session === session) one.status = 'gone'
}

type Command = fc.AsyncCommand<Model, Real>
const command = (
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => Promise<void>,
): Command => ({
  check,
  run,
  toString: () => name,
})
const always = () => true
const hasAuthorization = ({ authorizations }: Model) => authorizations.length > 0
const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)

const signIn = (browser: number, user: number) =>
  command(`${at(USERS, user)} signs in, browser ${browser}`, always, async (model, real) => {
    const jar = at(real.browsers, browser)
    const left = await jar.navigate(`${services.app}/auth/sign-in`, { until: (url) => url.origin === ISSUER })
    const back = new URL('/auth/callback', services.app)
    back.search = String(
      new URLSearchParams({ code: at(USERS, user), state: left.url.searchParams.get('state') ?? '' }),
    )
    await jar.send(back, { via: at(services.workloads, user) })
    endSession(model, at(model.browsers, browser).session, 'deleted')
    const ref = await userSessionRefOf(person(jar))
    const mark = await cookieOf(person(jar), BROWSER_BINDING_COOKIE)
    model.browsers[browser] = { session: { user: at(USERS, user), ref, alive: true, mark }, mark }
  })

const signOut = (browser: number) =>
  command(`signs out, browser ${browser}`, always, async (model, real) => {
    await at(real.browsers, browser).api(`${services.app}/auth/sign-out`, {
      method: 'POST',
      via: at(services.workloads, browser),
    })
    const { session } = at(model.browsers, browser)
    endSession(model, session, 'deleted')
    model.browsers[browser] = {}
    for (const one of model.authorizations.filter(({ status, expiresAt }) => status === 'gone' && now < expiresAt))
      expect((await recordOf(one)).status).not.toBe('pending')
  })

/** Its idle time is over: nobody signs out, and nothing is cleaned up. */
const sessionEnds = (browser: number) =>
  command(
    `the user session of browser ${browser} runs out`,
    (model) => !!at(model.browsers, browser).session,
    async (model) => {
      const { session } = at(model.browsers, browser)
      if (session) await client.del(userSessionKey(session.ref))
      endSession(model, session, 'left')
    },
  )

const stealCookie = (from: number, to: number) =>
  command(
    `browser ${to} gets browser ${from}’s user session cookie`,
    (model) => from !== to && !!at(model.browsers, from).session,
    async (model, real) => {
      const value = await cookieOf(person(at(real.browsers, from)), USER_SESSION_COOKIE)
      await at(real.browsers, to).jar.setCookie(
        `${USER_SESSION_COOKIE}=${value}; Path=/; Secure; HttpOnly`,
        services.app,
      )
      at(model.browsers, to).session = at(model.browsers, from).session
    },
  )

const connect = (browser: number, provider: number) =>
  command(`asks for ${at(PROVIDERS, provider)}, browser ${browser}`, always, async (model, real) => {
    await ask(model, real, browser, at(PROVIDERS, provider))
  })

async function ask(model: Model, real: Real, browser: number, provider: string): Promise<Authorization | undefined> {
  const { session } = at(model.browsers, browser)
  const answer = await at(real.browsers, browser).api(`${services.app}/api/connections/${provider}/authorizations`, {
    method: 'POST',
    via: at(services.workloads, browser),
  })
  if (!session?.alive) {
    expect(answer.status).toBe(401)
    return undefined
  }
  if (answer.status === 200) {
    // It is connected already, and by this very user.
    expect(services.agentcore.vault.has(`${session.user} ${provider}`)).toBe(true)
    return undefined
  }
  expect(answer.status).toBe(201)
  const { authorizationId, expiresAt } = JSON.parse(answer.body) as { authorizationId: string; expiresAt: string }
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
  expect(asked.expiresAt).toBe(now + TTL_SECONDS * 1_000)
  model.authorizations.push(asked)
  return asked
}

const start = (browser: number, back: number) =>
  command(`starts the ${back}. last one, browser ${browser}`, hasAuthorization, async (model, real) => {
    await startIn(model, real, browser, recent(model, back))
  })

async function startIn(model: Model, real: Real, browser: number, of: Authorization): Promise<void> {
  const state = at(model.browsers, browser)
  const jar = at(real.browsers, browser)
  const answer = await jar.send(new URL(`/authorizations/${of.id}/start`, services.app), {
    via: at(services.workloads, browser),
  })
  const own = state.session?.alive === true && state.session === of.session && of.status !== 'gone'
  const open = of.status === 'pending' && now < of.expiresAt
  const here = state.mark !== undefined && state.mark === of.session.mark
  expect(answer.status).toBe(!state.session?.alive ? 401 : !own ? 404 : !open ? 409 : here ? 303 : 404)
  if (answer.status !== 303) {
    expect(answer.headers.location).toBeUndefined()
    return
  }
  of.startedIn = state.mark
  of.authorizationUrl = answer.headers.location ?? ''
  // Everybody learns everything: the strongest attacker that links alone can make.
  const session = services.agentcore.sessionAt(of.authorizationUrl)
  if (session) of.returnUrl = new URL(session.returnUrl)
}

const consent = (back: number) =>
  command(`somebody consents to the ${back}. last one`, hasAuthorization, async (model) =>
    consentTo(recent(model, back)),
  )

function consentTo(of: Authorization): void {
  if (of.authorizationUrl && services.agentcore.consent(of.authorizationUrl)) of.consented = true
}

/** Asks, starts and consents in one browser, so that what comes after has something to attack. */
const goAsFarAsReturn = (browser: number, provider: number) =>
  command(
    `asks, starts and consents for ${at(PROVIDERS, provider)}, browser ${browser}`,
    always,
    async (model, real) => {
      const of = await ask(model, real, browser, at(PROVIDERS, provider))
      if (!of) return
      await startIn(model, real, browser, of)
      consentTo(of)
    },
  )

type Change =
  | 'none'
  | 'another secret'
  | 'session URI of another'
  | 'state of another'
  | 'denied'
  | 'denied without session URI'

function returnUrlOf(of: Authorization, other: Authorization, change: Change): URL {
  const url = new URL(of.returnUrl ?? `${services.app}/oauth2/session-binding`)
  const take = (name: string) => url.searchParams.set(name, other.returnUrl?.searchParams.get(name) ?? 'none')
  if (change === 'session URI of another') take('session_id')
  if (change === 'state of another') take('state')
  if (change === 'another secret') url.searchParams.set('state', `${of.id}.${randomToken(32)}`)
  if (change.startsWith('denied')) url.searchParams.set('error', 'access_denied')
  if (change === 'denied without session URI') url.searchParams.delete('session_id')
  return url
}

/** The state says which authorization a return is measured against. */
function returnOf(model: Model, browser: number, back: number, otherBack: number, change: Change): Return {
  const [of, other] = [recent(model, back), recent(model, otherBack)]
  return { browser, url: returnUrlOf(of, other, change), of: change === 'state of another' ? other : of }
}

const open = (real: Real, one: Return, replica: number) =>
  at(real.browsers, one.browser).send(one.url, {
    via: at(services.bindings, replica),
    headers: { accept: 'text/html' },
  })

const returns = (browser: number, back: number, otherBack: number, change: Change, replica: number) =>
  command(
    `returns to the ${back}. last one (${change}, ${otherBack}), browser ${browser}, replica ${replica}`,
    hasAuthorization,
    (model, real) => returnOnce(model, real, returnOf(model, browser, back, otherBack, change), replica),
  )

/** The browser that has started it, if there still is one, so that most of what can happen happens often. */
const returnsHome = (back: number, change: Change, replica: number) =>
  command(`the right browser returns to the ${back}. last one (${change})`, hasAuthorization, (model, real) => {
    const home = model.browsers.findIndex(({ mark }) => mark !== undefined && mark === recent(model, back).startedIn)
    return returnOnce(model, real, returnOf(model, Math.max(home, 0), back, back + 1, change), replica)
  })

async function returnOnce(model: Model, real: Real, one: Return, replica: number): Promise<void> {
  const wanted = expected(model, one)
  const [before, completions] = [await recordOf(one.of), services.agentcore.completions.length]
  const page = await open(real, one, replica)
  expect({ outcome: outcomeOf(page) }).toEqual({ outcome: wanted.outcome })
  count(wanted.outcome)
  const { status, returnUrl } = one.of
  if (status === 'pending' && isRightful(model, one.browser, one.of) && !sameReturn(one.url, one.of))
    for (const name of ['state', 'session_id'])
      if (one.url.searchParams.get(name) !== returnUrl?.searchParams.get(name)) count(`only ${name} differs`)
  checkCompletions(model, completions, [one])
  if (wanted.status === undefined) {
    // Nothing was spent.
    expect(services.agentcore.completions).toHaveLength(completions)
    expect(await recordOf(one.of)).toEqual(before)
    return
  }
  one.of.status = wanted.status
  if (wanted.status === 'denied') return
  expect(services.agentcore.completions).toHaveLength(completions + 1)
  model.fault = undefined
}

/** Many at once, each from its browser and on its replica, and perhaps somebody who signs out or cancels in between. */
const race = (back: number, racers: readonly number[], meanwhile: 'nothing' | 'signs out' | 'cancels') =>
  command(
    `browsers ${racers.join()} return to the ${back}. last one at once, the first ${meanwhile}`,
    hasAuthorization,
    async (model, real) => {
      const of = recent(model, back)
      const all = racers.map((browser) => returnOf(model, browser, back, 0, 'none'))
      const wanted = all.map((one) => expected(model, one))
      const completions = services.agentcore.completions.length
      const first = at(real.browsers, racers[0] ?? 0)
      const pages = Promise.all(all.map((one, n) => open(real, one, n)))
      const other =
        meanwhile === 'signs out'
          ? first.api(`${services.app}/auth/sign-out`, { method: 'POST', via: services.workloads[0] })
          : meanwhile === 'cancels'
            ? first.api(`${services.app}/api/authorizations/${of.id}`, { method: 'DELETE', via: services.workloads[0] })
            : undefined
      const [outcomes, answer] = [(await pages).map(outcomeOf), await other]
      // Before the model learns what has changed meanwhile: who was rightful when it began.
      checkCompletions(model, completions, all)
      const calls = services.agentcore.completions.length - completions
      if (meanwhile === 'nothing') {
        const binds = wanted.some(({ status }) => status !== undefined)
        expect(calls).toBe(binds ? 1 : 0)
        for (const [n, { status, outcome }] of wanted.entries()) {
          const repeated = outcome === 'bound' ? ['bound', 'already_bound'] : [outcome]
          expect(status === undefined ? [outcome] : repeated).toContain(outcomes[n])
        }
        expect(outcomes.filter((outcome) => outcome === 'bound').length).toBeLessThanOrEqual(1)
      }
      expect(calls).toBeLessThanOrEqual(1)
      if (calls > 0) model.fault = undefined
      count(`race: ${calls}`)

      if (meanwhile === 'signs out') {
        endSession(model, at(model.browsers, racers[0] ?? 0).session, 'deleted')
        model.browsers[racers[0] ?? 0] = {}
      }
      await believe(of, meanwhile === 'cancels' && answer?.status === 204)
    },
  )

/** After a race the record says who won; it must be one of the ways in which it can have ended. */
async function believe(of: Authorization, cancelled: boolean): Promise<void> {
  const { status, failure } = await recordOf(of)
  if (status === undefined) of.status = 'gone'
  else of.status = failure === 'denied' ? 'denied' : (status as Authorization['status'])
  if (cancelled) expect(of.status).toBe('cancelled')
  expect(of.status).not.toBe('binding')
}

const cancel = (browser: number, back: number) =>
  command(`cancels the ${back}. last one, browser ${browser}`, hasAuthorization, async (model, real) => {
    const of = recent(model, back)
    const { session } = at(model.browsers, browser)
    const answer = await at(real.browsers, browser).api(`${services.app}/api/authorizations/${of.id}`, {
      method: 'DELETE',
      via: at(services.workloads, browser),
    })
    const own = session === of.session && of.status !== 'gone'
    expect(answer.status).toBe(!session?.alive ? 401 : !own ? 404 : of.status === 'pending' ? 204 : 409)
    if (answer.status === 204) of.status = 'cancelled'
  })

/** A notification, true or forged, is read by a replica. */
const settle = (back: number, replica: number) =>
  command(`replica ${replica} looks at the ${back}. last one`, hasAuthorization, (model) =>
    lookAt(recent(model, back), replica),
  )

async function lookAt(of: Authorization, replica: number): Promise<void> {
  const completions = services.agentcore.completions.length
  const { bindingEndsAt } = await recordOf(of)
  await services.settle(of.id, replica)
  if (of.status === 'pending' && now >= of.expiresAt) of.status = 'expired'
  if (of.status === 'unconfirmed' && of.session.alive) {
    if (services.agentcore.vault.has(`${of.session.user} ${of.provider}`)) of.status = 'bound'
    else if (now >= Number(bindingEndsAt) + LAST_LOOK_AFTER_MS) of.status = 'failed'
    count(`unconfirmed, then ${of.status}`)
    expect(await recordOf(of)).toMatchObject({ status: of.status })
  }
  expect(services.agentcore.completions).toHaveLength(completions)
}

/** AgentCore's reply is lost, a replica looks after a while, and the right browser returns once more to see. */
const losesTheReply = (browser: number, provider: number, lost: CompletionFault, seconds: number) =>
  command(
    `browser ${browser} returns for ${at(PROVIDERS, provider)}, the reply is lost (${lost}), looked at after ${seconds} s`,
    always,
    async (model, real) => {
      const of = await ask(model, real, browser, at(PROVIDERS, provider))
      if (!of) return
      await startIn(model, real, browser, of)
      if (!of.returnUrl) return
      consentTo(of)
      services.agentcore.failNext(lost)
      model.fault = lost
      const one = { browser, url: new URL(of.returnUrl), of }
      await returnOnce(model, real, one, browser)
      now += seconds * 1_000
      await lookAt(of, browser + 1)
      await returnOnce(model, real, one, browser + 1)
    },
  )

const tick = (seconds: number) =>
  command(`${seconds} s pass`, always, async () => {
    now += seconds * 1_000
  })

const fault = (next: CompletionFault) =>
  command(`the next completion is ${next}`, always, async (model) => {
    services.agentcore.failNext(next)
    model.fault = next
  })

const browser = fc.nat(BROWSERS - 1)
/** The last one more often than the ones before. */
const back = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.constant(1) }, fc.nat(5))
const changed = fc.constantFrom<Change>(
  'another secret',
  'session URI of another',
  'state of another',
  'denied',
  'denied without session URI',
)
const change = fc.oneof({ weight: 4, arbitrary: fc.constant<Change>('none') }, changed)
const replica = fc.nat(1)
const faults = fc.constantFrom<CompletionFault>('refused', 'not-executed', 'unknown', 'unknown but executed')

const commands = fc.commands(
  [
    fc.tuple(browser, replica).map(([b, u]) => signIn(b, u)),
    fc.tuple(browser, replica).map(([b, u]) => signIn(b, u)),
    browser.map(signOut),
    browser.map(sessionEnds),
    fc.tuple(browser, browser).map(([from, to]) => stealCookie(from, to)),
    fc.tuple(browser, replica).map(([b, p]) => connect(b, p)),
    fc.tuple(browser, back).map(([b, n]) => start(b, n)),
    back.map(consent),
    fc
      .tuple(
        browser,
        replica,
        fc.constantFrom<CompletionFault>('unknown', 'unknown but executed'),
        fc.constantFrom(1, 60),
      )
      .map((all) => losesTheReply(...all)),
    fc.tuple(browser, replica).map(([b, p]) => goAsFarAsReturn(b, p)),
    fc.tuple(browser, replica).map(([b, p]) => goAsFarAsReturn(b, p)),
    fc.tuple(browser, replica).map(([b, p]) => goAsFarAsReturn(b, p)),
    fc.tuple(browser, back, back, change, replica).map((all) => returns(...all)),
    fc.tuple(browser, back, back, change, replica).map((all) => returns(...all)),
    fc.tuple(back, fc.constant<Change>('none'), replica).map((all) => returnsHome(...all)),
    fc.tuple(back, changed, replica).map((all) => returnsHome(...all)),
    fc.tuple(back, changed, replica).map((all) => returnsHome(...all)),
    fc
      .tuple(
        back,
        fc.array(browser, { minLength: 2, maxLength: 4 }),
        fc.constantFrom('nothing', 'signs out', 'cancels'),
      )
      .map(([n, racers, meanwhile]) => race(n, racers, meanwhile as 'nothing')),
    fc.tuple(browser, back).map(([b, n]) => cancel(b, n)),
    fc.tuple(back, replica).map(([n, r]) => settle(n, r)),
    fc.constantFrom(1, 299, 300, 599, 600).map(tick),
    faults.map(fault),
  ],
  { maxCommands: 40, size: 'max' },
)

test(
  'in no interleaving is a token bound to somebody who did not ask for it, in that browser and user session, in time, once',
  async () => {
    const property = fc.asyncProperty(commands, async (all) => {
      await client.flushall()
      services.agentcore.reset()
      now = Date.now()
      const model: Model = { browsers: Array.from({ length: BROWSERS }, () => ({})), authorizations: [] }
      const real: Real = { browsers: Array.from({ length: BROWSERS }, () => new HttpBrowser()) }
      // Alice at two browsers, Bob at one; what they do from there is anybody's guess.
      for (const [n, user] of [0, 1, 0].entries()) await signIn(n, user).run(model, real)
      await fc.asyncModelRun(() => ({ model, real }), all)
    })
    await fc.assert(property, { seed: PROPERTY.seed, numRuns: PROPERTY.numRuns, endOnFailure: false })

    // A property that never gets there proves nothing.
    if (!PROPERTY.isDefault) return
    for (const outcome of [
      'bound',
      'already_bound',
      'not_signed_in',
      'not_recognized',
      'denied',
      'expired',
      'try_again',
      'race: 1',
      'unconfirmed, then bound',
      'unconfirmed, then failed',
      'only state differs',
      'only session_id differs',
    ])
      expect([outcome, (seen.get(outcome) ?? 0) >= 5]).toEqual([outcome, true])
  },
  PROPERTY.timeoutMs,
)
