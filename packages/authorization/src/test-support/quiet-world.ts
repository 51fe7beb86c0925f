import type { ConnectionId } from '@agent-identity/contracts'
import { SESSIONS, type Trip } from './outside.ts'
import { createWorld, type Turn } from './world.ts'

const [here] = SESSIONS

/** The real code, with everything else in memory. */
export function quietWorld(of: Partial<Parameters<typeof createWorld>[0]> = {}) {
  const running = new Set<Promise<unknown>>()
  let isAway = false
  const world = createWorld({
    step: async () => undefined,
    isAway: () => isAway,
    run(work) {
      const one = work().finally(() => running.delete(one))
      running.add(one)
    },
    entries: 'separate',
    vendorEnds: 'token',
    ...of,
  })
  const idle = async () => {
    while (running.size > 0) await Promise.all(running)
  }
  /** Does all that is due by now. */
  async function settleAll(): Promise<void> {
    await idle()
    for (let looks = 0; looks < 50; looks++) {
      const [next] = [...world.due].filter(([, { at }]) => at <= world.clock())
      if (!next) return
      const result = await world.settle(next[0])
      if (result === 'settled') world.due.delete(next[0])
      else world.due.set(next[0], { at: result.later })
      await idle()
    }
    throw new Error('Something is due again and again')
  }
  async function open(turn: Turn, userSession = here) {
    const started = await world.open(turn.waitsFor as never, userSession)
    if (started.outcome !== 'started') throw new Error(`The link answered ${started.outcome}`)
    return [...world.trips.values()].find(({ start }) => start === started.start.id) as Trip
  }
  async function comeBack(trip: Trip, account: string): Promise<void> {
    trip.consented = account
    await world.return(trip)
    await settleAll()
  }
  return {
    ...world,
    idle,
    settleAll,
    open,
    openLink: world.open,
    comeBack,
    away(value: boolean) {
      isAway = value
    },
    async asks(scopes: string[], more: Parameters<typeof world.ask>[2] = {}, userSession = here): Promise<Turn> {
      const turn = world.ask(userSession, scopes, more)
      await idle()
      return turn
    },
    async connects(account: string, scopes = ['read']): Promise<Turn> {
      const turn = await this.asks(scopes)
      await comeBack(await open(turn), account)
      return turn
    },
    rows: () => (world.at()?.connections ?? []).map(({ account, status }) => [account, status]),
    idOf: (account: string) => world.at()?.connections.find((one) => one.account === account)?.id as ConnectionId,
  }
}
