import { AgentWorkloadEnvironment, SessionBindingEnvironment, type StartId, startKey } from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { startIdIn } from '../support/attack.ts'
import { type Flood, flood } from '../support/garbage.ts'
import { exchange } from '../support/http-browser.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { withLastingCount } from '../support/redis.ts'
import { emulatorOf, somebodyNew } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'

const PER_SECOND = 200
const SECONDS = 5
const PEOPLE = Array.from({ length: 200 }, (_, n) => `user-${n + 1}`)

const PRODUCTION = Object.fromEntries(
  [AgentWorkloadEnvironment.shape, SessionBindingEnvironment.shape].flatMap((shape) =>
    Object.entries(shape)
      .filter(([name]) => /_PER_(ADDRESS|USER_SESSION)/.test(name))
      .map(([name, schema]) => [name, String(schema.parse(undefined))]),
  ),
)

let stack: Awaited<ReturnType<typeof startStackOfItsOwn>>
let redis: Redis
/** The garbage has the cookies of these users, and names the start of `named`. */
let attackers: Person[]
let named: { who: Person; id: StartId; returnUrl: URL }
let addresses = 0

beforeAll(async () => {
  // This test is the third proxy, in front of the load balancer.
  stack = await startStackOfItsOwn({ ...PRODUCTION, TRUSTED_PROXIES: '3' }, { extraUsers: PEOPLE })
  redis = new Redis(stack.redis)
  attackers = await Promise.all([somebody(), somebody(), somebody()])
  for (const attacker of attackers) {
    await attacker.signIn()
    await attacker.consentUpToReturn((await asks(attacker)).startUrl)
  }
  const who = await somebody()
  await who.signIn()
  const returnUrl = await who.consentUpToReturn((await asks(who)).startUrl)
  named = { who, id: startIdIn(returnUrl), returnUrl }
})
afterAll(async () => {
  redis?.disconnect()
  await stack?.stop()
})

async function somebody(): Promise<Person> {
  const person = await somebodyNew(stack)
  const address = `203.0.113.${++addresses}`
  const send = person.browser.send.bind(person.browser)
  person.browser.send = (url, options) =>
    send(url, { ...options, headers: { ...options.headers, 'x-forwarded-for': address } })
  return person
}

async function asks(who: Person) {
  const { stream } = await who.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  stream.close()
  return { startUrl: data.startUrl }
}

async function wholeFlow(): Promise<void> {
  const victim = await somebody()
  expect((await victim.signIn()).status).toBe(200)
  const { stream } = await victim.ask('List my repositories')
  const page = await victim.consent((await stream.next('authorization_required')).data.startUrl)
  expect([page.status, outcomeOf(page)]).toEqual([200, 'bound'])
  expect(await stream.answer()).toContain(`repo-of-${victim.username}`)
}

test('200 useless returns a second, from many addresses and users, have no effect and do not prevent users from connecting', async () => {
  const record = () => redis.hgetall(startKey(named.id))
  const before = await record()
  const count = await emulatorOf(stack).counting()
  const cookies = await Promise.all(attackers.map(({ browser }) => browser.jar.getCookieString(stack.app)))

  const garbage: Flood = flood([stack.app], new URL(stack.app).host, { named: [named.id], cookies }, PER_SECOND)
  let flows = 0
  try {
    while (garbage.sent < PER_SECOND * SECONDS) {
      await Promise.all([wholeFlow(), wholeFlow()])
      flows += 2
    }
  } finally {
    await garbage.stop()
  }

  expect({ unanswered: garbage.unanswered, cookiesGiven: garbage.cookiesGiven }).toEqual({
    unanswered: 0,
    cookiesGiven: 0,
  })
  // Not signed in, not recognized, another method, too large; and, over a limit, try again.
  expect([...garbage.answers.keys()].sort()).toEqual([401, 403, 405, 431, 503])
  expect(await count('CompleteResourceTokenAuth')).toBe(flows)
  expect(await record()).toEqual(before)

  const page = await named.who.return(named.returnUrl)
  expect([page.status, outcomeOf(page)]).toEqual([200, 'bound'])
})

test('returns are counted by the address that the entrance has appended, through both proxies of the stack', async () => {
  const url = new URL('/oauth2/session-binding', stack.app)
  const returns = async (forwarded: string) =>
    (await exchange(url, 'GET', { host: url.host, 'x-forwarded-for': forwarded })).status
  const limit = Number(PRODUCTION.RETURNS_PER_ADDRESS_PER_MINUTE)
  expect(await withLastingCount(redis, 'return', () => returns('198.51.100.9'))).toBe(401)
  for (let n = 1; n < limit; n++) expect(await returns('198.51.100.9')).toBe(401)
  expect(await returns('198.51.100.9')).toBe(503)
  // Entries of the client before the entrance's entry do not matter.
  expect(await returns('192.0.2.1, 198.51.100.9')).toBe(503)
  expect(await returns('198.51.100.9, 192.0.2.2')).toBe(401)
})
