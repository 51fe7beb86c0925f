import type { LocalStackOptions } from '@agent-identity/local'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { forThisTest } from '../support/for-this-test.ts'
import type { Person } from '../support/person.ts'
import { emulatorOf, logOf, type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'
import { revokeAtVendor } from '../support/vendors.ts'

const own = forThisTest()

const VARIABLES = { AGENTCORE_TIMEOUT_MS: '15000', TURNS_PER_USER_PER_MINUTE: '1000' }

/** @param agentcoreTimeoutMs by default so long that a busy machine is not taken for an AgentCore that does not answer */
const start = (
  agentcoreTimeoutMs = 15_000,
  more: Pick<LocalStackOptions, 'replicas' | 'identityAssumptions'> = {},
): Promise<Stack> => {
  const variables = { ...VARIABLES, AGENTCORE_TIMEOUT_MS: String(agentcoreTimeoutMs) }
  return own(startStackOfItsOwn(variables, { replicas: 1, ...more }))
}

const LIST = 'List my repositories'

async function connected(stack: Stack): Promise<Person> {
  const who = await signedIn(stack)
  const { stream } = await who.ask(LIST)
  await who.connect((await stream.next('authorization_required')).data.startUrl)
  await stream.answer()
  return who
}

async function statusOf(who: Person, of: string): Promise<string | undefined> {
  const list = JSON.parse((await who.api('/api/connections')).body) as { provider: string; status: string }[]
  return list.find(({ provider }) => provider === of)?.status
}

describe('a grant that was revoked at a vendor whose tokens do not expire', () => {
  let stack: Stack & { stop(): Promise<void> }
  beforeAll(async () => {
    stack = await startStackOfItsOwn(VARIABLES, { replicas: 1 })
  })
  afterAll(() => stack.stop())

  test('one more attempt, which asks the user, and the turn goes on with the new grant', async () => {
    const who = await connected(stack)
    await revokeAtVendor(stack, 'github', who.username)
    const count = await emulatorOf(stack).counting()
    const { stream } = await who.ask(LIST)
    const { data } = await stream.next('authorization_required')
    // AgentCore is asked for a consent when the user opens the link.
    expect(await count('GetResourceOauth2Token')).toBe(1)
    await who.connect(data.startUrl)
    expect(await stream.answer()).toContain(`repo-of-${who.username}`)
    expect(await statusOf(who, 'github')).toBe('connected')
  })

  test('the user is asked once, and the connection needs reauthorization until they consent', async () => {
    const who = await connected(stack)
    await revokeAtVendor(stack, 'github', who.username)
    const { stream } = await who.ask(LIST)
    const { data } = await stream.next('authorization_required')
    await who.api(`/api/authorizations/${data.authorizationId}`, { method: 'DELETE' })
    expect(await stream.answer()).toContain('did not want to connect')
    expect(await statusOf(who, 'github')).toBe('needs_reauthorization')

    expect(await (await who.askConsenting(LIST)).stream.answer()).toContain(`repo-of-${who.username}`)
    expect(await statusOf(who, 'github')).toBe('connected')
  })
})

test.each(['access-denied', 'unauthorized'] as const)(
  'a workload access token that has expired at AgentCore (%s) is minted again, once, and a denial stays one',
  async (expiredWorkloadAccessToken) => {
    // One replica, because each replica has its own workload access token.
    const stack = await start(15_000, { identityAssumptions: { expiredWorkloadAccessToken } })
    const who = await connected(stack)
    const { advance, counting, setPolicies } = emulatorOf(stack)
    const asked = async () => {
      const count = await counting()
      const { stream } = await who.ask(LIST)
      const answer = await stream.answer()
      const minted = await count('GetWorkloadAccessTokenForJWT')
      return { answer, minted, asked: await count('GetResourceOauth2Token') }
    }
    expect(await asked()).toMatchObject({ minted: 0, asked: 1 })

    await advance(901)
    expect(await asked()).toEqual({ answer: expect.stringContaining('repo-of-'), minted: 1, asked: 2 })

    await setPolicies(stack.awsCredentials['agent-workload'].accessKeyId, [])
    expect(await asked()).toEqual({
      answer: expect.stringContaining('is not given access to GitHub'),
      minted: 0,
      asked: 1,
    })
  },
)

test('AgentCore down: after the first few users others are told at once, and it is used again when it is back', async () => {
  const AGENTCORE_TIMEOUT_MS = 6_000
  const stack = await start(AGENTCORE_TIMEOUT_MS, { replicas: 2 })
  const who = await connected(stack)
  const [agentcore] = stack.processes['agentcore-identity'] ?? []
  // Each in its own conversation, again and again: a user's conversations have a limit in all, and how often the test asks depends on the machine.
  const conversations: (string | undefined)[] = []
  const ask = async (n = 0) => {
    const began = performance.now()
    const { stream, conversationId } = await who.ask(LIST, conversations[n])
    conversations[n] = conversationId
    return { answer: await stream.answer(), ms: performance.now() - began }
  }
  if (!agentcore) throw new Error('The local stack has no AgentCore Identity')
  process.kill(agentcore.pid, 'SIGSTOP')
  try {
    const many = () => Promise.all(Array.from({ length: 16 }, (_, n) => ask(n)))
    const first = await many()
    // Each replica detects by its own calls that AgentCore does not answer.
    const replicasThatKnow = async () => (await logOf(stack)).split('AgentCore Identity does not answer').length - 1
    for (let rounds = 0; (await replicasThatKnow()) < 2 && rounds < 5; rounds++) await many()
    for (const { answer } of first) expect(answer).toContain('cannot be obtained at the moment')
    // A question that waits for a probe of AgentCore is answered late, and on a busy machine others are, too: the test asks again.
    await until(async () => {
      const next = await Promise.all([ask(0), ask(1), ask(2)])
      for (const { answer } of next) expect(answer).toContain('cannot be obtained at the moment')
      return next.some(({ ms }) => ms < AGENTCORE_TIMEOUT_MS / 2)
    })
  } finally {
    process.kill(agentcore.pid, 'SIGCONT')
  }
  await until(async () => (await ask()).answer.includes(`repo-of-${who.username}`))
})
