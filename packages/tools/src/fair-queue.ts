interface Owner {
  waiting: (() => Promise<void>)[]
  running: number
}

/**
 * The next item is of the owner with the fewest running items. Half of the slots, rounded down, are reserved for owners who have nothing running.
 */
export function createFairQueue(limits: {
  slots: number
  /** How many items of one owner may run at a time. */
  share: number
  /** How many items of one owner may wait. */
  waiting: number
}) {
  const { slots, share } = limits
  /** In the order in which they came, or last took or freed a slot. */
  const owners = new Map<string, Owner>()
  const running = new Set<Promise<void>>()
  let room = Promise.withResolvers<void>()

  const isFull = () => running.size >= slots
  const mayBegin = (owner: Owner) =>
    owner.running < share && running.size < (owner.running === 0 ? slots : Math.ceil(slots / 2))

  function next(): [string, Owner] | undefined {
    let chosen: [string, Owner] | undefined
    for (const entry of owners) {
      const [, owner] = entry
      if (owner.waiting.length === 0 || !mayBegin(owner)) continue
      if (!chosen || owner.running < chosen[1].running) chosen = entry
    }
    return chosen
  }

  function begin(name: string, owner: Owner): void {
    const work = owner.waiting.shift()
    if (!work) return
    owner.running++
    toTheEnd(name, owner)
    const run = work().finally(() => {
      running.delete(run)
      owner.running--
      toTheEnd(name, owner)
      beginWhatMay()
    })
    running.add(run)
  }

  function toTheEnd(name: string, owner: Owner): void {
    owners.delete(name)
    if (owner.running > 0 || owner.waiting.length > 0) owners.set(name, owner)
  }

  function beginWhatMay(): void {
    for (let chosen = next(); chosen; chosen = next()) begin(...chosen)
    if (isFull()) return
    room.resolve()
    room = Promise.withResolvers()
  }

  return {
    isFull,

    /**
     * @param work must not reject.
     * @returns false when `work` was not accepted, because this owner's backlog is full.
     */
    add(name: string, work: () => Promise<void>): boolean {
      const owner = owners.get(name) ?? { waiting: [], running: 0 }
      if (owner.waiting.length >= limits.waiting) return false
      owners.set(name, owner)
      owner.waiting.push(work)
      beginWhatMay()
      return true
    },

    drop(name: string, work: () => Promise<void>): void {
      const owner = owners.get(name)
      if (!owner) return
      owner.waiting = owner.waiting.filter((one) => one !== work)
      if (owner.running === 0 && owner.waiting.length === 0) owners.delete(name)
    },

    /** Resolves when work of an owner with nothing running would begin at once. */
    async untilRoom(): Promise<void> {
      while (isFull()) await room.promise
    },

    /** Drops the work that waits. */
    close(): void {
      for (const owner of owners.values()) owner.waiting = []
    },

    async untilIdle(): Promise<void> {
      await Promise.all(running)
    },
  }
}
