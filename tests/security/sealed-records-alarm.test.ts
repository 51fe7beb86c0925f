import {
  BROWSER_BINDING_COOKIE,
  conversationSnapshotKey,
  mcpEffectsKey,
  signInCookie,
  startKey,
  turnEventsKey,
  USER_SESSION_COOKIE,
} from '@agent-identity/contracts'
import { sha256, userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { startIdIn } from '../support/attack.ts'
import { modernClient, rawCall } from '../support/mcp.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { userSessionOf } from '../support/secrets.ts'
import { logOf, logWith, type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'

/** The alarm counts this line (`infra/constructs/service-alarms.ts`). */
const LINE = 'a sealed record does not open'
const FORGED = 'local.dGhlIHNlY3JldCBoZXJvbiBpcyBub3Qgc2VhbGVkIHdpdGggYSBrZXk'

let stack: Stack & { stop(): Promise<void> }
let redis: Redis
beforeAll(async () => {
  stack = await startStackOfItsOwn({ MCP_CONSENT_WAIT_MS: '45000' }, { mcp: true, replicas: 1 })
  redis = new Redis(stack.redis)
})
afterAll(async () => {
  redis.disconnect()
  await stack.stop()
})

async function warnings(): Promise<string[]> {
  const lines = (await logOf(stack)).split('\n').filter((line) => line.includes(LINE))
  return lines.map((line) => {
    const { service, record } = JSON.parse(line.slice(line.indexOf('{')))
    return `${service}: ${record}`
  })
}

async function answered() {
  const who = await signedIn(stack)
  const asked = await who.askConsenting('List my repositories')
  await asked.stream.answer()
  return { who, turnId: asked.turnId as never, conversationId: asked.conversationId as never }
}

const forgeEvent = (turnId: never) => redis.xadd(turnEventsKey(turnId), '*', 'event', 'text', 'data', FORGED)
const forgeMemory = (id: never) => redis.set(conversationSnapshotKey(id, 'memory'), FORGED)
const download = async (who: Person) => expect((await who.api('/api/me/data')).body).toContain('DoesNotOpen')

describe('a value in Redis that does not open is logged by its kind, as the alarm expects:', () => {
  const kinds: [what: string, line: string, read: () => Promise<unknown>][] = [
    [
      'the identity artifact of a return',
      'session-binding: identity artifact',
      async () => {
        const who = await signedIn(stack)
        const { data } = await (await who.ask('List my repositories')).stream.next('authorization_required')
        const returnUrl = await who.consentUpToReturn(data.startUrl)
        await redis.hset(startKey(startIdIn(returnUrl)), 'sealedIdentityArtifact', FORGED)
        expect(outcomeOf(await who.return(returnUrl))).toBe('try_again')
      },
    ],
    [
      'an event of a turn, in its stream',
      'agent-workload: turn',
      async () => {
        const { who, turnId } = await answered()
        await forgeEvent(turnId)
        // The stream breaks off.
        await who.api(`/api/turns/${turnId}/events`).catch(() => undefined)
      },
    ],
    [
      'an event of a turn, in a download',
      'agent-workload: turn',
      async () => {
        const { who, turnId } = await answered()
        await forgeEvent(turnId)
        await download(who)
      },
    ],
    [
      'the memory of a conversation, in the next turn',
      'agent-workload: conversation',
      async () => {
        const { who, conversationId } = await answered()
        await forgeMemory(conversationId)
        await (await who.ask('List my repositories', conversationId)).stream.next('error')
      },
    ],
    [
      'the memory of a conversation, in a download',
      'agent-workload: conversation',
      async () => {
        const { who, conversationId } = await answered()
        await forgeMemory(conversationId)
        await download(who)
      },
    ],
    [
      'what an MCP client’s call has begun',
      'mcp-server: mcp effect',
      async () => {
        const who = await signedIn(stack)
        const client = await modernClient(stack, who, async (url) => {
          expect(outcomeOf(await who.consent(url))).toBe('bound')
          return 'accept'
        })
        const event = { title: 'Lunch', startTime: '12:30' }
        await client.call('add_calendar_event', event)
        const [key = ''] = await redis.keys(mcpEffectsKey(userRef((await userSessionOf(stack, who)).user), '*'))
        for (const field of await redis.hkeys(key)) await redis.hset(key, field, FORGED)
        // A replica warns once, however often a client sends its call.
        for (let n = 0; n < 3; n++) await client.call('add_calendar_event', event).catch(() => undefined)
      },
    ],
  ]

  test.each(kinds)('%s', async (_what, line, read) => {
    const before = await warnings()
    await read()
    await until(async () => (await warnings()).length > before.length)
    expect((await warnings()).slice(before.length)).toEqual([line])
    expect(await logOf(stack)).not.toContain(FORGED)
  })
})

test('what a client sends, and does not open, raises no alarm: anybody can send it', async () => {
  const who = await signedIn(stack)
  const { accessToken } = await modernClient(stack, who)
  const before = await warnings()
  const answers: Parameters<typeof logWith>[1][number][] = []
  const state = await rawCall(stack, accessToken(), { requestState: FORGED })
  answers.push(state)
  expect(state.json.error?.data?.reason).toBe('invalid_request_state')
  const session = { 'mcp-session-id': FORGED }
  const unknown = await rawCall(stack, accessToken(), { headers: session, version: '2025-11-25' })
  answers.push(unknown)
  expect(unknown.status).toBe(404)
  for (const name of [USER_SESSION_COOKIE, BROWSER_BINDING_COOKIE, signInCookie(sha256('x'))])
    await who.browser.jar.setCookie(`${name}=${FORGED}; Path=/; Secure`, stack.app)
  for (const path of [
    '/api/connections',
    '/oauth2/session-binding?session_id=x&state=x',
    '/auth/callback?code=x&state=x',
  ]) {
    const answer = await who.api(path)
    answers.push(answer)
    expect(answer.status).toBeGreaterThanOrEqual(400)
  }
  await logWith(stack, answers)
  expect(await warnings()).toEqual(before)
})
