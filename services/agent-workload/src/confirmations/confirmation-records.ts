import {
  ConfirmationFacts,
  ConfirmationId,
  ConfirmationProgress,
  type ConfirmationStatus,
  confirmationField,
  type KeyRing,
  PLACES,
  type TurnId,
  turnConfirmationsKey,
  turnIdOf,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient } from '@agent-identity/service-runtime'

export interface Confirmation extends ConfirmationFacts, ConfirmationProgress {
  id: ConfirmationId
  sealedProgress: string
}

/** A value that does not open in its field counts as absent. */
export function createConfirmationRecords(dependencies: { redis: RedisClient; turnKeys: KeyRing; log: Logger }) {
  const { redis, turnKeys, log } = dependencies
  const facts = createSealedRecord(turnKeys, 'confirmation facts', ConfirmationFacts, log)
  const progress = createSealedRecord(turnKeys, 'confirmation progress', ConfirmationProgress, log)

  function open(id: ConfirmationId, fields: Readonly<Record<string, string | undefined>>): Confirmation | undefined {
    const sealedFacts = fields[confirmationField(id, 'facts')]
    const sealedProgress = fields[confirmationField(id, 'progress')]
    if (!sealedFacts || !sealedProgress) return undefined
    const opened = {
      facts: facts.open(sealedFacts, PLACES.confirmationFacts(id)),
      progress: progress.open(sealedProgress, PLACES.confirmationProgress(id)),
    }
    return opened.facts && opened.progress && { id, ...opened.facts, ...opened.progress, sealedProgress }
  }

  async function list(turn: TurnId): Promise<Confirmation[]> {
    const fields = await redis.hgetall(turnConfirmationsKey(turn))
    return Object.keys(fields).flatMap((field) => {
      const [name, part] = field.split(' ')
      const id = ConfirmationId.safeParse(name).data
      const opened = id && part === 'facts' && turnIdOf(id) === turn && open(id, fields)
      return opened ? [opened] : []
    })
  }

  return {
    list,
    read: async (id: ConfirmationId): Promise<Confirmation | undefined> =>
      (await list(turnIdOf(id))).find((one) => one.id === id),
    sealFacts: (id: ConfirmationId, value: ConfirmationFacts) => facts.seal(value, PLACES.confirmationFacts(id)),
    sealStatus: (id: ConfirmationId, status: ConfirmationStatus) =>
      progress.seal({ status }, PLACES.confirmationProgress(id)),
  }
}
