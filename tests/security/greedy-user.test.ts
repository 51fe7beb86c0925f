import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { HostileModel } from '../support/hostile-model.ts'
import { Person } from '../support/person.ts'
import { ownDatabase, type ServiceProcess, startService } from '../support/service-process.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

/** More turns than a process runs at once. */
const BACKLOG = 70
const SHARE = 4

const stack = stackOfThisWorker()
let model: HostileModel
let replica: ServiceProcess

beforeAll(async () => {
  model = await new HostileModel().start()
  replica = await startService(stack, 'agent-workload', {
    ...model.variables,
    REDIS_URL: ownDatabase(stack),
    TURNS_AT_ONCE_PER_USER: String(SHARE),
  })
})
afterAll(async () => {
  await replica.stop()
  model.stop()
})

async function signIn(who: Person): Promise<Person> {
  who.browser.connect = (url) => (url.origin === stack.app ? replica.url : undefined)
  expect((await who.signIn()).status).toBe(200)
  return who
}

test('one user’s backlog, from two user sessions, does not delay another user’s answer', async () => {
  const first = await signIn(await somebodyNew(stack))
  const second = await signIn(new Person(stack, first))
  const other = await signIn(await somebodyNew(stack))
  const end = Promise.withResolvers<void>()
  let slow = 0
  model.reply = async ({ content }) => {
    if (!content.includes('slowly')) return { text: 'At once.' }
    slow++
    await end.promise
    return { text: 'At last.' }
  }

  const eventsUrls: string[] = []
  for (let n = 0; n < BACKLOG; n++) {
    const asked = await (n % 2 ? first : second).postTurn({ message: 'Answer slowly' })
    expect(asked.status).toBe(202)
    eventsUrls.push((JSON.parse(asked.body) as { eventsUrl: string }).eventsUrl)
  }
  await until(async () => slow === SHARE)
  for (let n = 0; n < 3; n++) expect(await (await other.ask('Answer')).stream.answer()).toBe('At once.')
  expect(slow).toBe(SHARE)

  end.resolve()
  for (const eventsUrl of eventsUrls.slice(-2)) expect(await (await first.stream(eventsUrl)).answer()).toBe('At last.')
  await until(async () => slow === BACKLOG)
})
