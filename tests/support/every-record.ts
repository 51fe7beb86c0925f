import { ListedConnection, RECORDS, type RecordKind } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { expect } from '@jest/globals'
import type { attacksOn } from './attack.ts'
import type { Person } from './person.ts'
import { ANOTHER_FLOW } from './provider-flows.ts'
import { userSessionRefOf } from './redis.ts'
import { userSessionOf } from './secrets.ts'
import type { Stack } from './stack.ts'
import { until } from './until.ts'
import { failVendor } from './vendors.ts'

/** `turn:{conversation}:<random>` becomes `^turn:\{[^}]+\}:[^{}]+$`. */
export const patternOf = (name: string) =>
  new RegExp(`^${name.replace(/\{[^}]+\}/g, '\\{[^}]+\\}').replace(/<[^>]+>/g, '[^{}]+')}$`)

export const kindOf = (key: string): RecordKind | undefined => RECORDS.find((kind) => patternOf(kind.key).test(key))

export interface Somebody {
  who: Person
  conversationId: string
  turnId: string
  /** Hash tags of their records. */
  tags: string[]
  keys: string[]
  /** The account name of the Slack connection that is being disconnected. */
  slackAccount: string
}

/** A user who has records of most kinds. */
export async function somebodyWithEveryRecord(
  stack: Stack,
  { waiting, redis }: Pick<ReturnType<typeof attacksOn>, 'waiting' | 'redis'>,
): Promise<Somebody> {
  const first = await waiting()
  await first.who.connect(first.startUrl)
  await first.stream.answer()
  const turnId = first.eventsUrl.split('/')[3] ?? ''
  const conversationId = turnId.split('.')[0] ?? ''
  // One turn has made a change, one waits for a confirmation, one for a consent.
  const repository = `${first.who.username}/repo-of-${first.who.username}`
  const changed = await first.who.askConsenting(`Open an issue titled Mine in ${repository}`, conversationId)
  await changed.stream.answer()
  await first.who.api('/api/connections/github/ask-first', { method: 'PUT', json: { askFirst: true } })
  const asked = await first.who.ask(`Open an issue titled Another in ${repository}`, conversationId)
  await asked.stream.next('confirmation_required')
  const other = await waiting(first.who, ANOTHER_FLOW.question)
  const ahead = await first.who.api('/api/connections/slack/authorizations', { method: 'POST' })
  await first.who.connect(JSON.parse(ahead.body).startUrl)
  await until(async () => (await slackOf(first.who)).status === 'connected')
  const slackAccount = (await slackOf(first.who)).account ?? ''
  // The revocation at Slack fails, so the disconnection does not end.
  await failVendor(stack, 'slack', { path: '/api/auth.revoke', status: 500, times: 1_000 })
  const ended = await first.who.api('/api/connections/slack', { method: 'DELETE' })
  expect(JSON.parse(ended.body)).toMatchObject({ status: 'disconnecting' })
  const tags = [
    await userSessionRefOf(first.who),
    userRef((await userSessionOf(stack, first.who)).user),
    conversationId,
    other.eventsUrl.split('/')[3]?.split('.')[0] ?? '',
  ]
  return { who: first.who, conversationId, turnId, tags, keys: await keysOfTags(redis, tags.slice(0, 3)), slackAccount }
}

async function slackOf(who: Person): Promise<ListedConnection> {
  const rows = ListedConnection.array().parse(JSON.parse((await who.api('/api/connections')).body))
  const row = rows.find(({ provider }) => provider === 'slack')
  if (!row) throw new Error('There is no row of Slack')
  return row
}

export const keysOfTags = async (redis: { keys(pattern: string): Promise<string[]> }, tags: readonly string[]) =>
  (await Promise.all(tags.map((tag) => redis.keys(`*{${tag}}*`)))).flat()
