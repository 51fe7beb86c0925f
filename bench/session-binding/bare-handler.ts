/**
 * The floor: the same Redis commands as session binding, and the same AWS call with the same SDK, over node:http or undici. No check, no records
 * opened, no page.
 */
import {
  BINDING_NOTIFICATIONS_STREAM,
  DUE_KEY,
  dueId,
  START_SETTLED_CHANNEL,
  StartState,
  startIdOfState,
  startKey,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { BedrockAgentCoreClient, CompleteResourceTokenAuthCommand } from '@aws-sdk/client-bedrock-agentcore'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { UndiciHttpHandler } from '@smithy/undici-http-handler'
import { Redis } from 'ioredis'
import { serve } from '../support/listening-server.ts'

const [redisUrl = '', region = '', transport = 'node:http'] = process.argv.slice(2)
const redis = new Redis(redisUrl)
const client = new BedrockAgentCoreClient({
  region,
  maxAttempts: 1,
  requestHandler:
    transport === 'undici'
      ? new UndiciHttpHandler({ dispatcher: { connections: 50 } })
      : new NodeHttpHandler({ httpAgent: { keepAlive: true, maxSockets: 50 } }),
})
const userToken = 'x'.repeat(1_024)

/** Costs as much as the script of the rate limit. */
const COUNT =
  "redis.call('set', KEYS[1], 0, 'EX', 60, 'NX') redis.call('incrby', KEYS[1], 1) return redis.call('pttl', KEYS[1])"
redis.defineCommand('count', { numberOfKeys: 1, lua: COUNT })

/** Costs as much as the script of a transition. */
const CHANGE = `
if ARGV[3] and redis.call('EXISTS', ARGV[3]) == 0 then return 'overtaken' end
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'overtaken' end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
return 'changed'
`
redis.defineCommand('change', { numberOfKeys: 1, lua: CHANGE })
const change = (...args: string[]) =>
  (redis as unknown as { change(...args: string[]): Promise<string> }).change(...args)
/** About as long as session binding's sealed values. */
const next = (progress: string, letter: string) => letter.repeat(progress.length)

async function bind(query: URLSearchParams): Promise<void> {
  const id = startIdOfState(StartState.parse(query.get('state')))
  const ref = userSessionRefOf(id)
  const key = startKey(id)
  await redis.get(userSessionKey(ref))
  await (redis as unknown as { count(key: string): Promise<number> }).count(`bench-limit:{${ref}}`)
  const { progress = '' } = await redis.hgetall(key)
  const endsAt = Date.now() + 15_000
  await redis.zadd(DUE_KEY, 'XX', 'LT', endsAt, dueId.start(id))
  const claimed = await change(key, progress, next(progress, 'c'), userSessionKey(ref))
  if (claimed !== 'changed') throw new Error(`The record was ${claimed}`)
  const sessionUri = query.get('session_id') ?? ''
  await client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userToken } }))
  await change(key, next(progress, 'c'), next(progress, 'b'))
  await Promise.all([
    redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'startId', id),
    redis.publish(START_SETTLED_CHANNEL, id),
  ])
}

serve((request, response) => {
  bind(new URL(request.url ?? '', 'http://bench').searchParams).then(
    () => response.end('bound'),
    (error: Error) => response.writeHead(500).end(error.message),
  )
})
