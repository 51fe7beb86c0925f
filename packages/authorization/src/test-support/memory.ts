import { type Start, type StartId, type UserSessionRef, userSessionRefOf } from '@agent-identity/contracts'
import type { Ledger, Stored } from '../ledger.ts'
import type { Starts } from '../start/starts.ts'

/** A ledger in memory, with the promises of the one in Redis: compare-and-set, and an index that is written before the record. */
export function createMemoryLedger<Value>(
  step: () => Promise<void>,
  onWrite: (before: Value | undefined, next: Value | undefined) => void = () => undefined,
): Ledger<Value> & { values(): Value[] } {
  const records = new Map<string, Stored<Value>>()
  const index = new Map<string, Set<string>>()
  const nothing: Stored<Value> = { value: undefined, stored: '' }
  let version = 0
  return {
    async read(owner, id) {
      await step()
      return records.get(`${owner} ${id}`) ?? nothing
    },
    async write(owner, id, seen, next) {
      if (next !== undefined) {
        await step()
        index.set(owner, (index.get(owner) ?? new Set()).add(id))
      }
      await step()
      const key = `${owner} ${id}`
      if ((records.get(key) ?? nothing).stored !== seen.stored) return undefined
      onWrite(seen.value, next)
      if (next === undefined) {
        records.delete(key)
        index.get(owner)?.delete(id)
        return nothing
      }
      const stored = { value: next, stored: `${++version}` }
      records.set(key, stored)
      return stored
    },
    async list(owner) {
      await step()
      return [...(index.get(owner) ?? [])]
    },
    values: () => [...records.values()].flatMap(({ value }) => (value === undefined ? [] : [value])),
  }
}

export type StoredStart = Start & { version: number }

/** Starts in memory, with the promises of those in Redis. */
export function createMemoryStarts(of: {
  step(): Promise<void>
  look(id: StartId, at: number): Promise<void>
  isSignedIn(userSession: UserSessionRef): boolean
}) {
  const { step, look, isSignedIn } = of
  const starts = new Map<StartId, StoredStart>()
  const namesOf = (userSession: UserSessionRef) =>
    [...starts.keys()].filter((id) => userSessionRefOf(id) === userSession) as string[]
  const records: Starts<StoredStart> = {
    async read(id) {
      await step()
      return starts.get(id)
    },
    async create(start, _artifact, known) {
      await look(start.id, start.expiresAt)
      await step()
      if (!isSignedIn(userSessionRefOf(start.id))) return 'signed-out'
      const names = namesOf(userSessionRefOf(start.id))
      if (known && names.some((name) => !known.includes(name))) return 'overtaken'
      starts.set(start.id, { ...start, version: 0 })
      return 'created'
    },
    async change(start, to) {
      await step()
      if (starts.get(start.id)?.version !== start.version) return undefined
      const next = { ...start, ...to, version: start.version + 1 }
      starts.set(start.id, next)
      return next
    },
    async namesOf(userSession) {
      await step()
      return namesOf(userSession)
    },
    async listOf(userSession) {
      await step()
      return [...starts.values()].filter(({ id }) => userSessionRefOf(id) === userSession)
    },
  }
  return { starts, records }
}
