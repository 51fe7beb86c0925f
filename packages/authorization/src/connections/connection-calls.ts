import {
  CONNECTION_CHANGED_CHANNEL,
  CONNECTION_USES_KEPT,
  CONNECTION_USES_TTL_SECONDS,
  type ConnectionRecord,
  type ConnectionRef,
  connectionField,
  connectionKey,
  connectionUsesKey,
  type DisconnectionId,
  disconnectionIdOf,
  isLatched,
  parseDisconnectionId,
  vendorCallsKey,
} from '@agent-identity/contracts'
import {
  type Clock,
  DisconnectedError,
  type Logger,
  type RedisClient,
  randomToken,
  runScript,
  UnreadConnectionError,
} from '@agent-identity/service-runtime'
import { tellConnectionChanged } from './connection-changes.ts'
import { createConnectionNews } from './connection-news.ts'
import type { ConnectionReader, Read } from './connection-records.ts'
import type { ConnectionUses, Use } from './connection-uses.ts'

/**
 * KEYS: connections, calls. ARGV: the connection's field, its value as it was read (empty for none), now, the call, when it is over at the
 * latest (both times in Unix milliseconds). A call that an earlier record allowed does not begin.
 */
const BEGIN = `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 'changed' end
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])) do redis.call('ZREM', KEYS[2], over) end
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[4])
redis.call('PEXPIREAT', KEYS[2], ARGV[5])
return 'begun'
`

/**
 * KEYS: connections, calls; uses, if one is to be added. ARGV: the connection's field, its value as it was read last, the call; the use, how
 * many are kept, their lifetime in seconds. Once the connection has ended, nothing is added to what was erased.
 */
const END = `
redis.call('ZREM', KEYS[2], ARGV[3])
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 'changed' end
if not KEYS[3] then return 'same' end
redis.call('RPUSH', KEYS[3], ARGV[4])
redis.call('LTRIM', KEYS[3], -tonumber(ARGV[5]), -1)
redis.call('EXPIRE', KEYS[3], ARGV[6])
return 'used'
`

/** A longer call is aborted: after this time, its entry in the list of calls counts as over. */
const LONGEST_CALL_MS = 60_000

const CHECKED_EVERY_MS = 1_000
const SUBSCRIBED_AGAIN_AFTER_MS = 5_000

const CALMED_WITHIN_MS = 3_000

type Allow = (record: ConnectionRecord | undefined) => boolean
const unlessLatched: Allow = (record) => !isLatched(record)

/**
 * Calls to a vendor with the token of a connection, while its record allows them. A message about a change can get lost: while a call is under way,
 * the record is also read every second.
 */
export function createConnectionCalls(dependencies: {
  redis: RedisClient
  subscriber: RedisClient
  records: ConnectionReader
  uses: Pick<ConnectionUses, 'seal'>
  clock: Clock
  log: Logger
}) {
  const { redis, subscriber, records, uses, clock, log } = dependencies
  const underWay = new Map<DisconnectionId, Set<{ abort: AbortController; allow: Allow }>>()
  const news = createConnectionNews()

  const onMessage = (channel: string, message: string) => {
    const id = message as DisconnectionId
    if (channel !== CONNECTION_CHANGED_CHANNEL) return
    news.tell(id)
    if (underWay.has(id)) void lookAt(id)
  }
  async function subscribe(): Promise<void> {
    subscriber.off('message', onMessage).on('message', onMessage)
    try {
      await subscriber.subscribe(CONNECTION_CHANGED_CHANNEL)
      // Messages from before the subscription may have been lost.
      for (const id of underWay.keys()) void lookAt(id)
    } catch (err) {
      log.warn({ err }, 'changes of connections are not heard; calls under way are checked every second instead')
      setTimeout(subscribeIfReady, SUBSCRIBED_AGAIN_AFTER_MS).unref()
    }
  }
  const subscribeIfReady = () => void (subscriber.status === 'ready' && subscribe())
  subscribeIfReady()
  subscriber.on('ready', subscribeIfReady)

  let isChecking = false
  function check(): void {
    // A call whose record cannot be read here goes on: an aborted change could be made a second time.
    for (const id of underWay.keys()) void compare(id).catch(() => undefined)
    news.tell()
    isChecking = false
    if (underWay.size > 0 || news.isAwaited()) keepChecking()
  }
  function keepChecking(): void {
    if (isChecking) return
    isChecking = true
    setTimeout(check, CHECKED_EVERY_MS).unref()
  }

  function until(refs: readonly ConnectionRef[], look: () => Promise<boolean>, withinMs: number): Promise<boolean> {
    keepChecking()
    return news.until(refs, look, withinMs)
  }

  async function compare(id: DisconnectionId): Promise<void> {
    const which = parseDisconnectionId(id)
    if (!which) return
    const { value } = await records.read(which)
    for (const call of underWay.get(id) ?? []) if (!call.allow(value)) call.abort.abort(new DisconnectedError())
  }

  async function lookAt(id: DisconnectionId): Promise<void> {
    try {
      await compare(id)
    } catch (err) {
      log.warn({ err }, 'calls to a vendor were stopped, because their connection cannot be read')
      for (const call of underWay.get(id) ?? [])
        call.abort.abort(new UnreadConnectionError('The connection cannot be read', { cause: err }))
    }
  }

  return {
    /**
     * @param allow whether the call may begin and go on
     * @param use written down after a success
     * @throws DisconnectedError when it may not begin, and whatever `call` throws
     */
    async during<Result>(
      ref: ConnectionRef,
      call: (signal: AbortSignal) => Promise<Result>,
      allow: Allow = unlessLatched,
      use?: Use,
    ): Promise<Result> {
      const id = disconnectionIdOf(ref)
      const entry = { abort: new AbortController(), allow }
      const name = randomToken(8)
      // The call is listed in this process before BEGIN: BEGIN sees a latch that was written before it, and a later one aborts the call.
      const here = underWay.get(id) ?? new Set()
      underWay.set(id, here.add(entry))
      keepChecking()
      let begun: Read<ConnectionRecord> | undefined
      let used: Use | undefined
      try {
        for (;;) {
          const seen = await records.read(ref)
          if (!allow(seen.value)) throw new DisconnectedError()
          const now = clock()
          const keys = [connectionKey(ref.user, ref.provider), vendorCallsKey(ref)]
          if (
            (await runScript(redis, BEGIN, keys, [
              connectionField(ref),
              seen.stored,
              now,
              name,
              now + LONGEST_CALL_MS,
            ])) !== 'begun'
          )
            continue
          begun = seen
          break
        }
        entry.abort.signal.throwIfAborted()
        const result = await call(AbortSignal.any([entry.abort.signal, AbortSignal.timeout(LONGEST_CALL_MS)]))
        used = use
        return result
      } finally {
        here.delete(entry)
        if (here.size === 0) underWay.delete(id)
        if (begun !== undefined) await end({ ref, name, allow, use: used }, begun)
      }
    },

    until,

    /** Waits for a limited time until no call is under way. */
    async calm(ref: ConnectionRef): Promise<void> {
      const isCalm = async () => (await redis.zrangebyscore(vendorCallsKey(ref), clock(), '+inf')).length === 0
      await until([ref], isCalm, CALMED_WITHIN_MS)
    },
  }

  async function end(call: Ending, begun: Read<ConnectionRecord>): Promise<void> {
    const { ref, name, allow, use } = call
    const keys = [connectionKey(ref.user, ref.provider), vendorCallsKey(ref)]
    try {
      let ended: unknown
      for (let seen = begun; ; seen = await records.read(ref)) {
        const isTheSame = seen.value?.id === begun.value?.id && allow(seen.value)
        const of = use && seen.value && isTheSame ? ([ref.user, ref.provider, seen.value.id] as const) : undefined
        const adding = use && of ? [uses.seal(use, ...of), CONNECTION_USES_KEPT, CONNECTION_USES_TTL_SECONDS] : []
        const all = [...keys, ...(of ? [connectionUsesKey(...of)] : [])]
        ended = await runScript(redis, END, all, [connectionField(ref), seen.stored, name, ...adding])
        if (ended !== 'changed' || !of) break
      }
      if (ended !== 'same') await tellConnectionChanged(redis, ref)
    } catch {
      // The call's entry ends by the clock; its use may be missing.
    }
  }
}

interface Ending {
  ref: ConnectionRef
  name: string
  allow: Allow
  use: Use | undefined
}

/** For `catch`. Every other error is thrown again, also that of a connection that could not be read. */
export function undefinedIfDisconnected(error: unknown): undefined {
  if (error instanceof DisconnectedError && !(error instanceof UnreadConnectionError)) return undefined
  throw error
}

export type ConnectionCalls = ReturnType<typeof createConnectionCalls>
