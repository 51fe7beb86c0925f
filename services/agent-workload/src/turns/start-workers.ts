import {
  BINDING_NOTIFICATIONS_STREAM,
  StartId,
  TURN_WORK_STREAM,
  TurnId,
  TurnWork,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { type Logger, type RedisClient, randomToken } from '@agent-identity/service-runtime'
import type { Turns } from './turns.ts'
import { startWorker } from './work-queue.ts'

/** Of one process. A suspended turn does not count. */
const TURNS_AT_ONCE = 64
/** `share`: of one user session. */
const NOTIFICATIONS_AT_ONCE = { slots: 64, share: 8 }

/** Separate readers: turns that occupy every slot must not delay the outcome of a consent. */
export function startWorkers(dependencies: {
  redis: RedisClient
  /** A separate connection for each. */
  blocking: { turns: RedisClient; notifications: RedisClient }
  turns: Turns
  turnsAtOncePerUser: number
  runTurn(work: TurnWork): Promise<'elsewhere' | undefined>
  settle(id: StartId): Promise<unknown>
  log: Logger
}) {
  const { redis, blocking, turns, turnsAtOncePerUser, runTurn, settle, log } = dependencies
  const shared = { redis, consumer: randomToken(8), takeOverAfterMs: 2 * turns.leaseMs, log }
  const workers = [
    startWorker({
      ...shared,
      blocking: blocking.turns,
      stream: TURN_WORK_STREAM,
      slots: TURNS_AT_ONCE,
      share: turnsAtOncePerUser,
      // The work names a turn; the turn's sealed record names its owner.
      async ownerOf({ turnId }) {
        const id = TurnId.safeParse(turnId)
        return (id.success && (await turns.read(id.data))?.owner) || NO_OWNER
      },
      handle: (fields) => runTurn(TurnWork.parse(fields)),
    }),
    startWorker({
      ...shared,
      blocking: blocking.notifications,
      stream: BINDING_NOTIFICATIONS_STREAM,
      ...NOTIFICATIONS_AT_ONCE,
      async ownerOf({ startId }) {
        const id = StartId.safeParse(startId)
        return id.success ? userSessionRefOf(id.data) : NO_OWNER
      },
      async handle({ startId }) {
        const id = StartId.safeParse(startId)
        if (id.success) await settle(id.data)
        return undefined
      },
    }),
  ]
  return {
    async stop(graceMs: number, abort: () => void): Promise<void> {
      await Promise.all(workers.map((worker) => worker.stop(graceMs, abort)))
    },
  }
}

/** Of work whose turn is not there, or whose id is malformed. */
const NO_OWNER = ''
