import { isLatched } from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import type { TestRedis } from '@agent-identity/test-redis'
import { outside, type Replica, SCOPES, startReplica, UNNAMED } from './disconnecting.ts'

/** `on` is the replica. */
export type Step =
  | { does: 'connect' | 'use' | 'disconnect' | 'settle'; on: 0 | 1; pause: number }
  /** The vendor's next answers to revocations. */
  | { does: 'vendor'; answers: ('refused' | 'unavailable')[]; pause: number }

const ticks = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve))
}

/** Plays the steps concurrently, over two replicas and one real Redis. */
export async function createPlay(server: TestRedis) {
  const world = outside()
  const replicas = [await startReplica(server, world), await startReplica(server, world)] as const
  const seen = new Map<string, number>()
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)

  async function play(steps: readonly Step[]): Promise<void> {
    await replicas[0].redis.flushall()
    Object.assign(world, outside())
    const alive = new Set<string>()
    /** The tokens of generations whose disconnection has been answered. */
    const over = new Set<string>()
    /** Every token, with the generation of its connection. */
    const issued = new Map<string, number>()
    /** Tokens that need not be revoked: another consent has overwritten them in the vault, or has connected. */
    const unreachable = new Set<string>()
    const wrong: string[] = []
    const connected: string[] = []
    const answers: ('refused' | 'unavailable')[] = []
    const settling = new Set<Promise<unknown>>()

    world.revoke = async (token) => {
      await ticks(2)
      const answer = answers.shift()
      if (answer) return answer
      const { generation = 0 } = (await replicas[0].find()) ?? {}
      if ((issued.get(token) ?? 0) >= generation) wrong.push(`${token} was revoked, and no user had asked for that`)
      alive.delete(token)
      return 'revoked'
    }

    const run: Record<'connect' | 'use' | 'disconnect' | 'settle', (replica: Replica) => Promise<void>> = {
      async connect(replica) {
        const generation = (await replica.find())?.generation ?? 0
        world.isConsenting = true
        // A user takes longer at the vendor than a step of a revocation.
        await Promise.allSettled(settling)
        const token = `token-${issued.size}`
        issued.set(token, generation)
        alive.add(token)
        const before = world.vault.get(SCOPES)
        if (before) unreachable.add(before)
        world.vault.set(SCOPES, token)
        const { outcome } = await replica.connect(token, generation)
        if (outcome === 'connected') {
          connected.push(token)
          for (const [other, asked] of issued) if (asked < generation) unreachable.add(other)
        }
        count(outcome)
        world.isConsenting = false
      },
      async use(replica) {
        const record = await replica.find()
        const token = world.vault.get(SCOPES)
        if (!token || isLatched(record)) return
        const generation = record?.generation ?? 0
        await ticks(1)
        const call = async (signal: AbortSignal) => {
          if (over.has(token)) wrong.push(`a call with ${token} began after its disconnection was answered`)
          count('called')
          for (let n = 0; n < 5 && !signal.aborted; n++) await ticks(1)
          if (signal.aborted) count('aborted')
        }
        const allow = (now: typeof record) => !isLatched(now) && (now?.generation ?? 0) === generation
        await replica.calls.during(UNNAMED, call, allow).catch((error) => {
          if (!(error instanceof DisconnectedError)) throw error
          count('not begun')
        })
      },
      async disconnect(replica) {
        const ended = await replica.disconnect()
        if (!ended) return
        for (const [token, generation] of issued) if (generation < ended.generation) over.add(token)
        count(ended.status)
      },
      async settle(replica) {
        await replica.settle()
      },
    }

    const underWay: Promise<unknown>[] = []
    // Two consents at once are not modelled.
    let consent: Promise<unknown> = Promise.resolve()
    for (const step of steps) {
      if (step.does === 'vendor') {
        answers.push(...step.answers)
      } else {
        const act = () => run[step.does](replicas[step.on])
        const acting = step.does === 'connect' ? consent.then(act) : act()
        if (step.does === 'connect') consent = acting
        if (step.does === 'settle' || step.does === 'disconnect') {
          settling.add(acting)
          void acting.finally(() => settling.delete(acting)).catch(() => undefined)
        }
        underWay.push(acting)
      }
      await ticks(step.pause)
    }
    await Promise.all(underWay)
    answers.length = 0
    await settled(replicas)

    const record = await replicas[0].find()
    // The answer to a disconnection may come before its revocation has ended.
    if (record?.status === 'disconnected') count('disconnected')
    const last = connected.at(-1)
    for (const token of over) {
      if (alive.has(token) && !unreachable.has(token))
        wrong.push(`${token} was disconnected and not revoked: ${JSON.stringify(record)}`)
    }
    if (record?.status === 'connected' && last && !alive.has(last)) wrong.push(`${last} is connected and revoked`)
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
  }

  /** The vendor answers again, and time passes: nothing may be left. */
  async function settled([one, other]: readonly [Replica, Replica]): Promise<void> {
    for (let round = 0; ; round++) {
      world.now += 60_000
      const results = [await one.settle(), await other.settle()]
      if (results.every((result) => result === 'settled')) return
      if (round > 20) throw new Error(`It is not settled: ${JSON.stringify(await one.find())}`)
    }
  }

  return { play, seen }
}
