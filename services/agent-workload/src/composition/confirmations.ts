import { connectionKeysOf, createAskFirst } from '@agent-identity/authorization'
import { createConfirmations } from '../confirmations/confirmations.ts'
import { createConfirming } from '../confirmations/index.ts'
import type { Runtime } from './runtime.ts'
import type { TurnStores } from './turns.ts'

export function composeConfirmations(runtime: Runtime, { turns, work }: TurnStores) {
  const { config, redis, clock, log } = runtime
  const turnKeys = config.TURN_KEYS
  const askFirst = createAskFirst({
    redis,
    connectionKeys: connectionKeysOf(config),
    byDefault: config.ASK_FIRST_PROVIDERS,
    log,
  })
  const confirmations = createConfirmations({
    redis,
    turnKeys,
    ttlSeconds: config.CONFIRMATION_TTL_SECONDS,
    turnTtlSeconds: config.CONVERSATION_TTL_SECONDS,
    clock,
    log,
  })
  return { askFirst, confirmations, confirming: createConfirming({ ...runtime, confirmations, askFirst, turns, work }) }
}

export type ComposedConfirmations = ReturnType<typeof composeConfirmations>
