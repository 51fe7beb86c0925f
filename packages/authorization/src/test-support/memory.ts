import type { Ledger, Stored } from '../ledger.ts'

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
