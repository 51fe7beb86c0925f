import type { KeyRing } from '@agent-identity/contracts'
import type { z } from 'zod'
import type { Logger } from './logger.ts'
import { createSealer, type Sealer, UnsealError } from './sealing.ts'

/** A value copied to another `place` does not open. */
export interface SealedRecord<Value> {
  seal(value: Value, place: string): string
  /** @returns undefined when it does not open, or does not match the schema. */
  open(sealed: string, place: string): Value | undefined
}

/** An attacker with write access to Redis must not use up our memory. */
const REMEMBERED_PLACES = 1_000

/**
 * Warns once for a place, so that a polling browser does not set off the alarm `SealedRecords`. A line contains neither the value nor its
 * place.
 */
function warnings(purpose: string, log: Logger): (place: string) => void {
  const warned = new Set<string>()
  return (place) => {
    if (warned.has(place)) return
    if (warned.size >= REMEMBERED_PLACES) warned.clear()
    warned.add(place)
    log.warn({ record: purpose }, 'a sealed record does not open')
  }
}

/**
 * For what is stored in Redis, not for what clients send: anybody can send a value that does not open. Do not create it for each
 * request: it remembers where it has warned.
 */
export function createRecordSealer(keys: KeyRing, purpose: string, log: Logger): Sealer {
  const sealer = createSealer(keys, purpose)
  const warnOnce = warnings(purpose, log)
  return {
    seal: sealer.seal,
    open(sealed, place) {
      try {
        return sealer.open(sealed, place)
      } catch (error) {
        if (error instanceof UnsealError) warnOnce(place)
        throw error
      }
    },
  }
}

/** @param purpose separates records under the same key ring. */
export function createSealedRecord<Value>(
  keys: KeyRing,
  purpose: string,
  schema: z.ZodType<Value>,
  log: Logger,
): SealedRecord<Value> {
  const sealer = createSealer(keys, purpose)
  const warnOnce = warnings(purpose, log)

  return {
    seal: (value, place) => sealer.seal(JSON.stringify(value), place),
    open(sealed, place) {
      try {
        const parsed = schema.safeParse(JSON.parse(sealer.open(sealed, place)))
        if (parsed.success) return parsed.data
      } catch (error) {
        if (!(error instanceof UnsealError || error instanceof SyntaxError)) throw error
      }
      warnOnce(place)
      return undefined
    },
  }
}
