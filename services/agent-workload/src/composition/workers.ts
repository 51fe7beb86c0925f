import { type ComposedAuthorization, createDueSet, startExpiryTimer } from '@agent-identity/authorization'
import {
  CONFIRMATION_EXPIRIES_KEY,
  type ConfirmationId,
  DUE_KEY,
  type DueId,
  ERASURES_DUE_KEY,
} from '@agent-identity/contracts'
import { connectRedis, createRecordSealer } from '@agent-identity/service-runtime'
import { type AgentRunner, createSealedMemory } from '../agent/index.ts'
import { type RunTurnPorts, runTurn } from '../turns/run-turn.ts'
import { startWorkers } from '../turns/start-workers.ts'
import { waiterOf } from '../turns/waiting-turns.ts'
import type { ComposedConfirmations } from './confirmations.ts'
import type { ComposedPeople } from './people.ts'
import type { Runtime } from './runtime.ts'
import type { SignIn } from './sign-in.ts'
import type { TurnStores } from './turns.ts'

interface Steps {
  signIn: SignIn
  stores: TurnStores
  authorization: ComposedAuthorization
  confirmations: ComposedConfirmations
  people: ComposedPeople
  agent: AgentRunner
}

export function startWork(
  { config, redis, audit, clock, log }: Runtime,
  { signIn, stores, authorization, confirmations, people, agent }: Steps,
) {
  const { turns, work } = stores
  const { confirming } = confirmations
  const handingOver = new AbortController()
  const memorySealer = createRecordSealer(config.TURN_KEYS, 'conversation', log)
  const ports: RunTurnPorts = {
    turns,
    sessions: signIn.sessions,
    accessFor({ turnId, run, record }) {
      const { userSession, owner: user, requestId } = record
      const turn = { waiter: waiterOf(turnId), turnId, userSession, onlyIn: userSession, user, requestId }
      return authorization.accessFor(turn, turns.asked(turnId, run))
    },
    permissionsFor: confirming.permissionsFor,
    agent,
    work,
    memoryFor: (turn) =>
      createSealedMemory({
        redis,
        sealer: memorySealer,
        ...turn,
        ttlSeconds: config.CONVERSATION_TTL_SECONDS,
      }),
    audit,
    log,
  }
  const workers = startWorkers({
    redis,
    blocking: {
      turns: connectRedis(config, 'blocking', log),
      notifications: connectRedis(config, 'blocking', log),
    },
    turns,
    turnsAtOncePerUser: config.TURNS_AT_ONCE_PER_USER,
    runTurn: (item) => runTurn(item, handingOver.signal, ports),
    settle: authorization.settleStart,
    log,
  })
  const each = { redis, clock, log }
  const { erasures } = people
  const confirmationsDue = createDueSet<ConfirmationId>(redis, CONFIRMATION_EXPIRIES_KEY)
  const timers = [
    startExpiryTimer<DueId>({ ...each, key: DUE_KEY, what: 'records', settle: authorization.settleDue }),
    startExpiryTimer({ ...each, key: ERASURES_DUE_KEY, what: 'erasures', settle: erasures.settle }),
    startExpiryTimer<ConfirmationId>({
      ...each,
      key: CONFIRMATION_EXPIRIES_KEY,
      what: 'confirmations',
      settle: (id) => confirmationsDue.settle(id, () => confirming.settle(id)),
    }),
  ]
  return {
    async stop(): Promise<void> {
      for (const timer of timers) timer.stop()
      await workers.stop((config.SHUTDOWN_DRAIN_SECONDS * 1_000) / 2, () => handingOver.abort())
    },
  }
}
