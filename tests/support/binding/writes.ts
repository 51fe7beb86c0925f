import { DUE_KEY, type DueId, ListedConnection, startKey } from '@agent-identity/contracts'
import { expect } from '@jest/globals'
import { HttpBrowser } from '../http-browser.ts'
import { at, canBecome, type Model, type Session } from './model.ts'
import { ask, consentTo, goAsFarAsReturn, PROVIDERS, signIn, startIn, USERS } from './people.ts'
import { always, command, count, type Real, recordOf, refOf } from './real.ts'
import { nameOf, type Written } from './redis-writer.ts'
import { lookAt, returnOnce } from './returns.ts'

/** Changed records may become useless; no other user may be affected. */
export const writesRedis = (all: readonly Written[]) =>
  command(
    `a writer of Redis: ${all.map(({ way, field, ...which }) => `${way} ${nameOf(field)} ${Object.values(which)}`).join('; ')}`,
    always,
    async (model, real) => {
      const changed: string[] = []
      for (const written of all) {
        const keys = await real.writer.write(written)
        changed.push(...keys)
        for (const session of sessionsOf(model)) if (keys.some((key) => isOf(key, session))) session.touched = true
        if (keys.length === 0) continue
        count(real, `wrote ${nameOf(written.field)}`)
        count(real, written.way)
      }
      await checkShown(model, real)
      await goOn(model, real, changed)
      await checkStatuses(model, real)
    },
  )

/** A browser goes on as if nothing had happened when records of its user session were changed. */
async function goOn(model: Model, real: Real, changed: readonly string[]): Promise<void> {
  for (const [browser, { session, mark }] of model.browsers.entries()) {
    if (!session || !changed.some((key) => isOf(key, session))) continue
    const returns = model.starts.filter(({ id, startedIn }) => startedIn === mark && changed.includes(startKey(id)))
    for (const of of returns) await returnOnce(model, real, { browser, url: of.returnUrl, of }, browser)
    if (returns.length === 0) await ask(model, real, browser, at(PROVIDERS, browser))
  }
}

/** The writer may restore later what it reads now. */
export const readsRedis = command('the writer of Redis reads all', always, (_model, real) => real.writer.look())

const isOf = (key: string, { ref, user }: Session) => key.includes(ref) || key.includes(refOf(user))

const sessionsOf = (model: Model): Session[] => [
  ...model.browsers.flatMap(({ session }) => session ?? []),
  ...model.authorizations.map(({ session }) => session),
]

/** Every browser shows its own user, or none. */
async function checkShown(model: Model, real: Real): Promise<void> {
  for (const [n, { session }] of model.browsers.entries()) {
    const get = (path: string) =>
      at(real.browsers, n).api(`${real.services.app}${path}`, { via: real.services.workloads[0] })
    const [who, connections] = [await get('/api/session'), await get('/api/connections')]
    if (!session?.touched) expect([who.status, connections.status]).toEqual(session?.alive ? [200, 200] : [401, 401])
    if (who.status === 200) expect(JSON.parse(who.body)).toMatchObject({ user: { subject: session?.user } })
    // Without a stored choice the deployment's default applies, and it is to ask first, too.
    if (connections.status === 200 && session?.user === ASKED_FIRST) expect(askFirstIn(connections.body)).toBe(true)
    for (const other of USERS.filter((user) => user !== session?.user))
      expect(connections.body).not.toContain(`"${other}"`)
  }
}

/** By the contract's table, a status follows from the one before; after a change by a writer of Redis, from any earlier one. */
export async function checkStatuses(model: Model, real: Real): Promise<void> {
  for (const of of model.starts) {
    const { status } = await recordOf(real, of)
    if (status === undefined) continue
    const before = of.statuses ?? ['pending']
    const from = of.of.session.touched ? before : before.slice(-1)
    expect({ from, status, allowed: from.some((one) => canBecome(one, status)) }).toMatchObject({ allowed: true })
    of.statuses = [...before, status]
  }
}

/** Afterwards, every browser has a consent whose return is outstanding. */
export async function beginConnected(model: Model, real: Real): Promise<void> {
  for (const browser of [0, 1]) {
    await choosesToBeAsked(model, real, browser)
    await connects(model, real, browser, 'github')
    await goAsFarAsReturn(browser, PROVIDERS.indexOf('google-calendar')).run(model, real)
  }
  await goAsFarAsReturn(2, PROVIDERS.indexOf('google-calendar')).run(model, real)
}

async function choosesToBeAsked(model: Model, real: Real, browser: number): Promise<void> {
  const askFirst = at(model.browsers, browser).session?.user === ASKED_FIRST
  const url = `${real.services.app}/api/connections/github/ask-first`
  const via = at(real.services.workloads, browser)
  const answer = await at(real.browsers, browser).api(url, { method: 'PUT', json: { askFirst }, via })
  expect(answer.status).toBe(204)
}
const ASKED_FIRST = USERS[0]

const askFirstIn = (connections: string): boolean | undefined =>
  ListedConnection.array()
    .parse(JSON.parse(connections))
    .find(({ provider }) => provider === 'github')?.askFirst

async function connects(model: Model, real: Real, browser: number, provider: string): Promise<void> {
  const of = await ask(model, real, browser, provider)
  const started = of && (await startIn(model, real, browser, of))
  if (!started) throw new Error('It was not started')
  consentTo(real, started)
  await returnOnce(model, real, { browser, url: started.returnUrl, of: started }, browser)
  expect(started.status).toBe('bound')
  await lookAt(real, started, browser)
}

/** After any write: a user who signs in again can connect. */
export async function everybodyFinishes(model: Model, real: Real): Promise<void> {
  real.services.agentcore.failNext(undefined)
  model.fault = undefined
  // The agent workload's workers would do this; none runs here.
  for (const { id } of model.starts) await real.services.settle(id, 0)
  for (const id of await real.redis.zrange(DUE_KEY, 0, -1)) await real.services.settleDue(id as DueId)
  for (const [n, user] of USERS.entries()) {
    const browser = model.browsers.length
    model.browsers.push({})
    real.browsers.push(new HttpBrowser())
    await signIn(browser, n).run(model, real)
    await connects(model, real, browser, 'github')
    expect(real.services.agentcore.hasToken(user, 'github')).toBe(true)
  }
  await checkShown(model, real)
  await checkStatuses(model, real)
}
