import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { conversationIdOf, conversationKey, ROUTES, type TurnId, turnKey } from '@agent-identity/contracts'
import type { Redis } from 'ioredis'
import { QUESTION } from '../support/people.ts'

export interface WaitingTurn {
  path: string
  cookie: string
}

/** Asks one question for each cookie, and waits until every turn is suspended for a consent. */
export async function askUntilWaiting(
  replica: { url: string; publicUrl: string },
  redis: Redis,
  cookies: readonly string[],
): Promise<WaitingTurn[]> {
  const queue = cookies.values()
  const turns: (WaitingTurn & { turnId: TurnId })[] = []
  const one = async () => {
    for (const cookie of queue) {
      const { eventsUrl, turnId } = await postTurn(replica, cookie)
      turns.push({ path: eventsUrl, cookie, turnId })
    }
  }
  await Promise.all(Array.from({ length: 16 }, one))
  for (let left = turns.map(({ turnId }) => turnId); left.length > 0; await delay(50)) {
    const pipeline = redis.pipeline()
    // The status is sealed. A turn that has run and has no lease is suspended or has ended; one that has ended frees its conversation.
    for (const turnId of left) pipeline.hmget(turnKey(turnId), 'runBeganAfter', 'leaseEndsAt')
    for (const turnId of left) pipeline.hget(conversationKey(conversationIdOf(turnId)), 'currentTurn')
    const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply)
    if (replies.slice(left.length).includes('')) throw new Error('A turn did not wait')
    left = left.filter((_turnId, at) => {
      const [ranOnce, leaseEndsAt] = replies[at] as (string | null)[]
      return ranOnce === null || leaseEndsAt !== '0'
    })
  }
  return turns
}

function postTurn(
  { url, publicUrl }: { url: string; publicUrl: string },
  cookie: string,
): Promise<{ eventsUrl: string; turnId: TurnId }> {
  const body = JSON.stringify({ message: QUESTION })
  const headers = { cookie, origin: publicUrl, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(ROUTES.turns, url), { method: 'POST', headers }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      if (response.statusCode === 202) resolve(JSON.parse(text))
      else reject(new Error(`A question was answered ${response.statusCode} ${text}`))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
