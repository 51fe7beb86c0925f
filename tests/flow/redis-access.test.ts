import { REDIS_ACCESS } from '@agent-identity/infra/redis-access'
import { expect, test } from '@jest/globals'
import { forThisTest } from '../support/for-this-test.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { withRedis } from '../support/redis.ts'
import { monitorRedis, redisRefusals, type Sent } from '../support/redis-monitor.ts'
import { startService } from '../support/service-process.ts'
import { type Service, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const own = forThisTest()
const SERVICES = ['agent-workload', 'session-binding'] as const satisfies readonly Service[]

/** Commands that are allowed and that not every run of this test sends, with the reasons. */
const SELDOM: Readonly<Record<Service, Readonly<Record<string, string>>>> = {
  'agent-workload': {
    ttl: 'of the version before, whose tasks run on when a deployment has changed the permissions',
    xclaim: 'work that takes longer than half its lease',
    xautoclaim: 'the same: work that a replica has left is claimed now and then',
    eval: 'a server without the script',
  },
  'session-binding': {
    'eval rate-limit': 'a server without the script',
    'eval start': 'the same',
    'expire rate-limit': 'a count without an expiry: the library sets one in one step, but also handles this case',
  },
}
/** The client library sends these in a cluster. It sends `client|setinfo` here, too, but Redis before 7.2 does not know it. */
const ELSEWHERE = [
  'client|setinfo',
  'client|setname',
  'readonly',
  'readwrite',
  'asking',
  'cluster|slots',
  'cluster|info',
]

/** With the start of a replica and a sign-out (below), each service sends every command that it may send, but for those of these two lists. */
async function everything(): Promise<Person> {
  const who = await signedIn(stack)
  const both = await who.ask('What is on my calendar today and list my repositories')
  const calendar = await both.stream.next('authorization_required')
  const github = await both.stream.next('authorization_required', [calendar as never])
  const returnUrl = await who.consentUpToReturn(calendar.data.startUrl)
  await Promise.all([who.return(returnUrl), who.return(returnUrl)])
  expect(outcomeOf(await who.consent(github.data.startUrl))).toBe('bound')
  expect(await both.stream.answer()).toContain(`repo-of-${who.username}`)
  await (await who.stream(both.eventsUrl)).answer()

  const denied = await who.ask('Add Lunch at 12:30 to my calendar', both.conversationId)
  const { startUrl } = (await denied.stream.next('authorization_required')).data
  expect(outcomeOf(await who.decide(await who.start(startUrl), 'deny'))).toBe('denied')
  await denied.stream.answer()

  const cancelled = await who.ask('What is in my profile?', both.conversationId)
  const { authorizationId } = (await cancelled.stream.next('authorization_required')).data
  await who.api(`/api/authorizations/${authorizationId}`, { method: 'DELETE' })
  await cancelled.stream.answer()

  const repository = `${who.username}/repo-of-${who.username}`
  const issue = await who.askConsenting(`Open an issue titled Typo in ${repository}`, both.conversationId)
  expect(await issue.stream.answer()).toContain('Typo')

  await who.api('/api/connections/github/ask-first', { method: 'PUT', json: { askFirst: true } })
  const confirmed = await who.ask(`Open an issue titled Another in ${repository}`, both.conversationId)
  const { confirmationId } = (await confirmed.stream.next('confirmation_required')).data
  await who.api(`/api/confirmations/${confirmationId}`, { method: 'POST', json: { answer: 'confirmed' } })
  expect(await confirmed.stream.answer()).toContain('Another')
  await who.api('/api/connections')
  await who.api(`/api/conversations/${both.conversationId}`)
  return who
}

/** `(~turn:{*} +get)` becomes `get turn`. */
function permissionsOf(access: string): string[] {
  const commandsOf = (rules: string) => [...rules.matchAll(/\+(\S+)/g)].map(([, command]) => command ?? '')
  const selectors = [...access.matchAll(/\(([^)]*)\)/g)].map(([, rules = '']) => rules)
  const root = access.replaceAll(/\([^)]*\)/g, '')
  return [
    ...commandsOf(root),
    ...selectors.flatMap((rules) => {
      const keys = [...rules.matchAll(/~([a-z-]+):/g)].map(([, kind]) => kind)
      return commandsOf(rules).flatMap((command) => keys.map((kind) => `${command} ${kind}`))
    }),
  ]
}

const kindsOf = ({ args }: Sent) => args.flatMap((arg) => /^([a-z-]+):(?:[a-z-]+:)?\{/.exec(arg)?.[1] ?? [])

test('each service may send exactly the Redis commands that it sends', async () => {
  const monitor = await own(monitorRedis(stack))
  // Some commands are sent only at a start.
  const replicas = await Promise.all(SERVICES.map((service) => own(startService(stack, service, {}))))
  const who = await everything()
  await who.signOut()
  await monitor.identify()
  for (const replica of replicas) await replica.stop()
  await monitor.caughtUp()
  const sent = monitor.sent()
  for (const service of SERVICES) {
    const ofIt = sent.filter((one) => one.service === service)
    const used = new Set(ofIt.flatMap((one) => [one.command, ...kindsOf(one).map((kind) => `${one.command} ${kind}`)]))
    const allowed = permissionsOf(REDIS_ACCESS[service])
    expect(used.size).toBeGreaterThan(10)
    const unused = allowed.filter((permission) => !used.has(permission))
    const expected = [...Object.keys(SELDOM[service]), ...ELSEWHERE]
    expect({ service, unused: unused.filter((permission) => !expected.includes(permission)) }).toEqual({
      service,
      unused: [],
    })
    expect(expected.filter((permission) => !allowed.includes(permission))).toEqual([])
  }
  expect(await withRedis(stack, redisRefusals)).toEqual([])
})
