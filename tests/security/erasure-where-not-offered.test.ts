import {
  askFirstKey,
  connectionsKey,
  DUE_KEY,
  dueId,
  Erasure,
  erasureKey,
  ListedConnection,
  type ProviderId,
} from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Person } from '../support/person.ts'
import { sealerOf, userSessionOf } from '../support/secrets.ts'
import { startService } from '../support/service-process.ts'
import { type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'

const SLACK = 'slack' as ProviderId
let stack: Stack & { stop(): Promise<void> }
let redis: Redis
beforeAll(async () => {
  stack = await startStackOfItsOwn({})
  redis = new Redis(stack.redis)
})
afterAll(async () => {
  redis?.disconnect()
  await stack?.stop()
})

const rowOf = async (who: Person) =>
  ListedConnection.array()
    .parse(JSON.parse((await who.api('/api/connections')).body))
    .find(({ provider }) => provider === SLACK)

test('an account at a provider that is not offered where its user erases themselves is downloaded, and revoked by a replica that offers it; it is forgotten, and so is their choice there', async () => {
  const who = await signedIn(stack)
  const user = userRef((await userSessionOf(stack, who)).user)
  const asked = await who.api('/api/connections/slack/authorizations', { method: 'POST' })
  await who.connect(JSON.parse(asked.body).startUrl)
  await until(async () => (await rowOf(who))?.status === 'connected')
  const { account = '' } = (await rowOf(who)) ?? {}
  await who.api('/api/connections/slack/ask-first', { method: 'PUT', json: { askFirst: false } })
  expect(await redis.exists(askFirstKey(user, SLACK))).toBe(1)
  const { slack: _, ...others } = JSON.parse(stack.environments['agent-workload'].PROVIDERS ?? '{}')
  const replica = await startService(stack, 'agent-workload', { PROVIDERS: JSON.stringify(others) })
  const markOf = async () => {
    const opened = sealerOf(stack, 'TURN_KEYS', 'erasure').open(
      (await redis.get(erasureKey(user))) ?? '',
      erasureKey(user),
    )
    return Erasure.parse(JSON.parse(opened)).state
  }
  try {
    expect((await who.api('/api/me/data', { via: replica.url })).body).toContain(account)
    expect((await who.api('/api/me', { method: 'DELETE', via: replica.url })).status).toBe(200)
    // Another replica may still be revoking the token.
    expect(await markOf()).toMatch(/^(erased|over)$/)
  } finally {
    await replica.stop()
  }
  // Makes the work due again and again: an attempt under way postpones it.
  const isOver = async (key: string, id: string) => {
    await redis.zadd(key, 'XX', Date.now(), id)
    return (await redis.zscore(key, id)) === null
  }
  await until(() => isOver(DUE_KEY, dueId.left(user, SLACK)))
  await until(() => isOver('erasures-due:{agent-workload}', user))
  expect(await markOf()).toBe('over')

  await until(async () => (await who.signIn()).status === 200)
  expect(await rowOf(who)).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  expect((await rowOf(who))?.account).toBeUndefined()
  expect(await redis.keys(`ask-first:{${user}}:*`)).toEqual([])
  expect(await redis.exists(connectionsKey(user, SLACK))).toBe(1)
  const { stream } = await who.ask('Which Slack channels am I in?')
  expect((await stream.next('authorization_required')).data.provider).toBe('slack')
})
