import { randomToken } from '@agent-identity/service-runtime'
import { expect } from '@jest/globals'
import type { CompletionFault } from '../fake-agentcore.ts'
import { BINDING_OUTCOME_WAIT_MS } from '../in-process-environment.ts'
import { outcomeOf } from '../person.ts'
import {
  at,
  endAuthorization,
  endSession,
  expected,
  isRightful,
  isTouched,
  type Model,
  mayBeRightful,
  type Return,
  recent,
  type Start,
  sameReturn,
} from './model.ts'
import { ask, consentTo, PROVIDERS, startIn } from './people.ts'
import { always, authorizationOf, command, count, hasStart, type Real, recordOf } from './real.ts'

/** The central property: each completion is for the user who asked, after a return in their browser and user session, before the expiry. */
function checkCompletions(model: Model, real: Real, before: number, returns: readonly Return[]): void {
  const all = real.services.agentcore.completions
  for (const { sessionUri, user } of all.slice(before)) {
    const start = startOf(model, sessionUri)
    const session = start?.of.session
    expect({ asked: session?.user }).toEqual({ asked: user })
    const rightful = session?.touched ? mayBeRightful : isRightful
    const by = returns.filter(
      (one) => one.of === start && rightful(model, one.browser, one.of) && sameReturn(one.url, one.of),
    )
    expect(by.length).toBeGreaterThan(0)
    expect(real.clock.now).toBeLessThan(start?.expiresAt ?? 0)
    // A writer of Redis can restore an earlier status: then AgentCore is called again.
    if (!session?.touched) expect(all.filter((one) => one.sessionUri === sessionUri)).toHaveLength(1)
  }
  for (const [entry, token] of real.services.agentcore.vault) {
    const start = startOf(model, token.replace('token of ', ''))
    expect(entry.split(' ').slice(0, 2)).toEqual([start?.of.session.user, start?.of.provider])
    expect(start?.startedIn).toBeDefined()
    expect(start?.startedIn).toBe(start?.of.session.mark)
  }
}

const startOf = (model: Model, sessionUri: string): Start | undefined =>
  model.starts.find(({ returnUrl }) => returnUrl.searchParams.get('session_id') === sessionUri)

export type Change =
  | 'none'
  | 'another secret'
  | 'session URI of another'
  | 'state of another'
  | 'denied'
  | 'denied without session URI'

function returnUrlOf(of: Start, other: Start, change: Change): URL {
  const url = new URL(of.returnUrl)
  const take = (name: string) => url.searchParams.set(name, other.returnUrl.searchParams.get(name) ?? 'none')
  if (change === 'session URI of another') take('session_id')
  if (change === 'state of another') take('state')
  if (change === 'another secret') url.searchParams.set('state', `${of.id}.${randomToken(32)}`)
  if (change.startsWith('denied')) url.searchParams.set('error', 'access_denied')
  if (change === 'denied without session URI') url.searchParams.delete('session_id')
  return url
}

/** The state decides with which start a return is compared. */
function returnOf(model: Model, browser: number, back: number, otherBack: number, change: Change): Return {
  const [of, other] = [recent(model.starts, back), recent(model.starts, otherBack)]
  return { browser, url: returnUrlOf(of, other, change), of: change === 'state of another' ? other : of }
}

const open = (real: Real, one: Return, replica: number) =>
  at(real.browsers, one.browser).send(one.url, {
    via: at(real.services.bindings, replica),
    headers: { accept: 'text/html' },
  })

export const returns = (browser: number, back: number, otherBack: number, change: Change, replica: number) =>
  command(
    `returns to the ${back}. last one (${change}, ${otherBack}), browser ${browser}, replica ${replica}`,
    hasStart,
    (model, real) => returnOnce(model, real, returnOf(model, browser, back, otherBack, change), replica),
  )

/** Without this command rightful returns would be rare. */
export const returnsHome = (back: number, change: Change, replica: number) =>
  command(`the right browser returns to the ${back}. last one (${change})`, hasStart, (model, real) => {
    const home = model.browsers.findIndex(
      ({ mark }) => mark !== undefined && mark === recent(model.starts, back).startedIn,
    )
    return returnOnce(model, real, returnOf(model, Math.max(home, 0), back, back + 1, change), replica)
  })

export async function returnOnce(model: Model, real: Real, one: Return, replica: number): Promise<void> {
  if (isTouched(model, one.browser)) return returnTouched(model, real, one, replica)
  const wanted = expected(model, one, real.clock.now)
  const [before, completions] = [await recordOf(real, one.of), real.services.agentcore.completions.length]
  const page = await open(real, one, replica)
  expect({ outcome: outcomeOf(page) }).toEqual({ outcome: wanted.outcome })
  count(real, wanted.outcome)
  const { status, returnUrl } = one.of
  if (status === 'pending' && isRightful(model, one.browser, one.of) && !sameReturn(one.url, one.of))
    for (const name of ['state', 'session_id'])
      if (one.url.searchParams.get(name) !== returnUrl.searchParams.get(name)) count(real, `only ${name} differs`)
  checkCompletions(model, real, completions, [one])
  if (wanted.left) count(real, 'left its browser')
  if (one.of.of.session.touched && !isRightful(model, one.browser, one.of)) {
    expect(real.services.agentcore.completions).toHaveLength(completions)
    return believe(real, one.of)
  }
  if (wanted.left) expect((await recordOf(real, one.of)).status).toBe('failed')
  if (wanted.status === undefined) {
    expect(real.services.agentcore.completions).toHaveLength(completions)
    expect(await recordOf(real, one.of)).toEqual(before)
    return
  }
  one.of.status = wanted.status
  if (wanted.status === 'denied') return
  if (wanted.left) return expect(real.services.agentcore.completions).toHaveLength(completions)
  expect(real.services.agentcore.completions).toHaveLength(completions + 1)
  model.fault = undefined
}

/** A writer of Redis has changed records of this user session: the return may fail, but must not affect another user. */
async function returnTouched(model: Model, real: Real, one: Return, replica: number): Promise<void> {
  const completions = real.services.agentcore.completions.length
  const outcome = outcomeOf(await open(real, one, replica))
  if (!mayBeRightful(model, one.browser, one.of) || !sameReturn(one.url, one.of))
    expect(['not_signed_in', 'not_recognized', 'try_again']).toContain(outcome)
  checkCompletions(model, real, completions, [one])
  if (real.services.agentcore.completions.length > completions) model.fault = undefined
  count(real, `touched: ${outcome}`)
  await believe(real, one.of)
}

export const race = (back: number, racers: readonly number[], meanwhile: 'nothing' | 'signs out' | 'cancels') =>
  command(
    `browsers ${racers.join()} return to the ${back}. last one at once, the first ${meanwhile}`,
    hasStart,
    async (model, real) => {
      const of = recent(model.starts, back)
      const all = racers.map((browser) => returnOf(model, browser, back, 0, 'none'))
      const wanted = all.map((one) => expected(model, one, real.clock.now))
      const completions = real.services.agentcore.completions.length
      const first = at(real.browsers, racers[0] ?? 0)
      const began = performance.now()
      const pages = Promise.all(all.map((one, n) => open(real, one, n)))
      const other =
        meanwhile === 'signs out'
          ? first.api(`${real.services.app}/auth/sign-out`, { method: 'POST', via: real.services.workloads[0] })
          : meanwhile === 'cancels'
            ? first.api(`${real.services.app}/api/authorizations/${of.of.id}`, {
                method: 'DELETE',
                via: real.services.workloads[0],
              })
            : undefined
      const outcomes = (await pages).map(outcomeOf)
      // On a busy machine a return may stop waiting before the one that binds has ended.
      const late = performance.now() - began >= BINDING_OUTCOME_WAIT_MS ? ['try_again'] : []
      const answer = await other
      // The model still says who was rightful at the start.
      checkCompletions(model, real, completions, all)
      const calls = real.services.agentcore.completions.length - completions
      const touched = racers.some((browser) => isTouched(model, browser))
      if (meanwhile === 'nothing' && !touched) {
        const binds = wanted.some(({ status, left }) => status !== undefined && !left)
        const leaves = wanted.some(({ left }) => left)
        expect(binds ? (leaves ? [0, 1] : [1]) : [0]).toContain(calls)
        for (const [n, { status, left, outcome }] of wanted.entries()) {
          const repeated = outcome === 'bound' ? ['bound', 'already_bound'] : [outcome]
          const tooLate = leaves ? ['not_recognized'] : []
          expect(status === undefined || left ? [outcome] : [...repeated, ...late, ...tooLate]).toContain(outcomes[n])
        }
        expect(outcomes.filter((outcome) => outcome === 'bound').length).toBeLessThanOrEqual(1)
      }
      expect(calls).toBeLessThanOrEqual(1)
      if (calls > 0) model.fault = undefined
      count(real, `race: ${calls}`)

      if (meanwhile === 'signs out') {
        endSession(model, at(model.browsers, racers[0] ?? 0).session, 'called off', real.clock.now)
        model.browsers[racers[0] ?? 0] = {}
      }
      if (meanwhile === 'cancels' && answer?.status === 204) endAuthorization(of.of)
      // A cancellation that lost against one start may have called off the others.
      for (const start of meanwhile === 'cancels' ? of.of.starts : [of]) await believe(real, start)
      if (!of.of.session.touched) expect(of.status).not.toBe('binding')
    },
  )

/** The model cannot predict every status, so it takes the status from the record. */
async function believe(real: Real, start: Start): Promise<void> {
  const { status, failure } = await recordOf(real, start)
  if (status === undefined) start.status = 'gone'
  else if (status === 'failed') start.status = failure === undefined ? 'left' : failure === 'denied' ? failure : status
  else start.status = status as Start['status']
}

/** Does what a binding notification causes, a true or a forged one. */
export const settle = (back: number, replica: number) =>
  command(`replica ${replica} looks at the ${back}. last one`, hasStart, (model, real) =>
    lookAt(real, recent(model.starts, back), replica),
  )

export async function lookAt(real: Real, start: Start, replica: number): Promise<void> {
  const { agentcore, settle } = real.services
  const { of } = start
  const completions = agentcore.completions.length
  await settle(start.id, replica)
  expect(agentcore.completions).toHaveLength(completions)
  if (of.session.touched) {
    of.isOver = (await authorizationOf(real, of))?.end !== undefined
    return believe(real, start)
  }
  const isLate = real.clock.now >= start.expiresAt
  const isExecuted = [...agentcore.vault.values()].includes(
    `token of ${start.returnUrl.searchParams.get('session_id')}`,
  )
  if (start.status === 'pending' && isLate) start.status = 'expired'
  if (!of.isOver && endsIt()) {
    endAuthorization(of, start)
    const { end } = (await authorizationOf(real, of)) ?? {}
    const isConnected = of.session.alive && isExecuted
    expect(end).toMatchObject(isConnected ? { outcome: 'connected', account: of.session.user } : { outcome: 'failed' })
    count(real, `${start.status}, then ${end?.outcome}`)
  }
  expect((await authorizationOf(real, of))?.end !== undefined).toBe(of.isOver)

  function endsIt(): boolean {
    if (start.status === 'denied' || start.status === 'failed') return true
    if (start.status !== 'bound' && start.status !== 'unconfirmed') return false
    return !of.session.alive || isExecuted || isLate
  }
}

export const losesTheReply = (browser: number, provider: number, lost: CompletionFault, seconds: number) =>
  command(
    `browser ${browser} returns for ${at(PROVIDERS, provider)}, the reply is lost (${lost}), looked at after ${seconds} s`,
    always,
    async (model, real) => {
      const of = await ask(model, real, browser, at(PROVIDERS, provider))
      const started = of && (await startIn(model, real, browser, of))
      if (!started) return
      consentTo(real, started)
      real.services.agentcore.failNext(lost)
      model.fault = lost
      const one = { browser, url: new URL(started.returnUrl), of: started }
      await returnOnce(model, real, one, browser)
      real.clock.now += seconds * 1_000
      await lookAt(real, started, browser + 1)
      await returnOnce(model, real, one, browser + 1)
    },
  )

export const fault = (next: CompletionFault) =>
  command(`the next completion is ${next}`, always, async (model, real) => {
    real.services.agentcore.failNext(next)
    model.fault = next
  })
