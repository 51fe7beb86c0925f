import type { Clock } from './clock.ts'

export interface ExpiringCache<Value> {
  /** Concurrent callers share one `load`, unless its key is dropped. */
  get(key: string, load: () => Promise<Loaded<Value>>): Promise<Value>
  /** A dropped value that is still being loaded is returned to its callers and not cached. */
  drop(isDropped: (key: string) => boolean): void
}

export interface Loaded<Value> {
  value: Value
  /** Unix time in milliseconds. Without it nothing is cached. */
  usableUntil?: number | undefined
}

/** @param settings.maxEntries beyond it, the least recently used value is dropped. */
export function createExpiringCache<Value>(settings: { clock: Clock; maxEntries?: number }): ExpiringCache<Value> {
  const { clock, maxEntries = 10_000 } = settings
  const entries = new Map<string, { value: Value; usableUntil: number }>()
  const flights = new Map<string, Promise<Value>>()

  function keep(key: string, entry: { value: Value; usableUntil: number }): void {
    entries.delete(key)
    entries.set(key, entry)
    const oldest = entries.keys().next()
    if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value)
  }

  return {
    get(key, load) {
      const entry = entries.get(key)
      if (entry && clock() < entry.usableUntil) {
        keep(key, entry)
        return Promise.resolve(entry.value)
      }
      entries.delete(key)
      const underWay = flights.get(key)
      if (underWay) return underWay
      const flight: Promise<Value> = load()
        .then(({ value, usableUntil }) => {
          const isWanted = flights.get(key) === flight
          if (isWanted && usableUntil !== undefined && clock() < usableUntil) keep(key, { value, usableUntil })
          return value
        })
        .finally(() => {
          if (flights.get(key) === flight) flights.delete(key)
        })
      flights.set(key, flight)
      return flight
    },
    drop(isDropped) {
      for (const kept of [entries, flights]) for (const key of kept.keys()) if (isDropped(key)) kept.delete(key)
    },
  }
}
