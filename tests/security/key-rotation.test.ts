import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { outcomeOf, Person } from '../support/person.ts'
import { ownDatabase, type ServiceProcess, startService } from '../support/service-process.ts'
import { emulatorOf, type Service, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
const RINGS = ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS', 'USER_TOKENS_KEYS', 'TURN_KEYS'] as const

const secrets = Object.fromEntries(
  RINGS.map((name) => [
    name,
    { old: randomBytes(32).toString('base64url'), new: randomBytes(32).toString('base64url') },
  ]),
) as Record<(typeof RINGS)[number], { old: string; new: string }>

/** The operator's deployments, in order. */
const STAGES = {
  before: { sealWith: 'old', keys: ['old'] },
  added: { sealWith: 'old', keys: ['old', 'new'] },
  switched: { sealWith: 'new', keys: ['old', 'new'] },
  removed: { sealWith: 'new', keys: ['new'] },
} as const
type Stage = keyof typeof STAGES

const REDIS_URL = ownDatabase(stack)
const variablesOf = (stage: Stage, service: Service): Record<string, string> => {
  const { sealWith, keys } = STAGES[stage]
  const rings = RINGS.filter(
    (name) => service === 'agent-workload' || !['USER_TOKENS_KEYS', 'TURN_KEYS'].includes(name),
  )
  const ring = (name: (typeof RINGS)[number]) =>
    JSON.stringify({ sealWith, ...Object.fromEntries(keys.map((key) => [key, secrets[name][key]])) })
  return { REDIS_URL, ...Object.fromEntries(rings.map((name) => [name, ring(name)])) }
}

const deployment = async (stage: Stage) => {
  const start = (service: Service) => startService(stack, service, variablesOf(stage, service))
  const [workload, binding] = await Promise.all([start('agent-workload'), start('session-binding')])
  return { workload, binding }
}
type Deployment = Awaited<ReturnType<typeof deployment>>

const running: ServiceProcess[] = []
let deployed: Record<'added' | 'switched', Deployment>

async function somebodyAt(at: { workload: ServiceProcess; binding: ServiceProcess }): Promise<Person> {
  const known = await somebodyNew(stack)
  const person = new Person(stack, known)
  moveTo(person, at)
  return person
}

function moveTo(person: Person, { workload, binding }: { workload: ServiceProcess; binding: ServiceProcess }): void {
  person.browser.connect = (url) => {
    if (url.origin !== stack.app) return undefined
    return url.pathname.startsWith('/oauth2/session-binding') ? binding.url : workload.url
  }
}

/** Stops the replica at the end: it would take work of the other replicas that it cannot do. */
async function withWorkload(stage: Stage, act: (workload: ServiceProcess) => Promise<void>): Promise<void> {
  const workload = await startService(stack, 'agent-workload', variablesOf(stage, 'agent-workload'))
  await act(workload).finally(workload.stop)
}

beforeAll(async () => {
  const [added, switched] = await Promise.all([deployment('added'), deployment('switched')])
  deployed = { added, switched }
  running.push(added.workload, added.binding, switched.workload, switched.binding)
})
afterAll(async () => {
  await Promise.all(running.map((service) => service.stop()))
})

describe.each([
  ['the old key, read where the new one seals', 'added', 'switched'],
  ['the new key, read where the old one still seals', 'switched', 'added'],
] as const)('during the deployment of the switch, a value sealed with %s', (_what, from, to) => {
  test('still opens: user session, tokens, pending authorization, waiting turn and conversation', async () => {
    const somebody = await somebodyAt(deployed[from])
    await somebody.signIn()
    const { stream, conversationId, eventsUrl } = await somebody.ask('List my repositories')
    const { data } = await stream.next('authorization_required')
    const returnUrl = await somebody.consentUpToReturn(data.startUrl)

    moveTo(somebody, deployed[to])
    expect((await somebody.api('/api/session')).status).toBe(200)
    expect(outcomeOf(await somebody.return(returnUrl))).toBe('bound')
    const rest = await somebody.stream(eventsUrl)
    expect(await rest.answer()).toContain(`repo-of-${somebody.username}`)
    const next = await somebody.ask('What can you do?', conversationId)
    expect(await next.stream.answer()).toContain('I can')
  })
})

test('a sign-in that began before the switch can be finished after it', async () => {
  const somebody = await somebodyAt(deployed.added)
  const form = await somebody.browser.navigate(new URL('/auth/sign-in', stack.app))
  moveTo(somebody, deployed.switched)
  await somebody.browser.submit(form, { username: somebody.username, password: somebody.password })
  expect((await somebody.api('/api/session')).status).toBe(200)
})

test('after the old key is removed, a user session that was sealed with it does not open', async () => {
  const [early, late] = [await somebodyAt(deployed.added), await somebodyAt(deployed.switched)]
  await early.signIn()
  await late.signIn()
  const calls = (await emulator.calls()).length
  const cookie = await early.browser.jar.getCookieString(stack.app)
  await withWorkload('removed', async (workload) => {
    for (const somebody of [early, late]) moveTo(somebody, { ...deployed.switched, workload })
    expect((await early.api('/api/session')).status).toBe(401)
    expect((await early.postTurn({ message: 'List my repositories' })).status).toBe(401)
    expect((await late.api('/api/session')).status).toBe(200)
  })
  expect(await emulator.calls()).toHaveLength(calls)
  // The failed read did not damage the record.
  moveTo(early, deployed.switched)
  expect((await early.api('/api/session', { headers: { cookie } })).status).toBe(200)
})

test('sealing with a new key before it is deployed everywhere locks users out: add first, then switch', async () => {
  const somebody = await somebodyAt(deployed.switched)
  await somebody.signIn()
  await withWorkload('before', async (workload) => {
    moveTo(somebody, { ...deployed.switched, workload })
    expect((await somebody.api('/api/session')).status).toBe(401)
  })
  moveTo(somebody, deployed.added)
  expect((await somebody.api('/api/session')).status).toBe(200)
})
