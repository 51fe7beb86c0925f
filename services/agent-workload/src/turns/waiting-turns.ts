import { type Authorization, type TurnEvent, TurnId, WaiterId } from '@agent-identity/contracts'
import type { Turns } from './turns.ts'
import type { WorkQueue } from './work-queue.ts'

export const waiterOf = (turnId: TurnId) => WaiterId.parse(turnId)

/** Turns that wait for an authorization. A call of an MCP client waits elsewhere. */
export function waitingTurns(turns: Pick<Turns, 'read' | 'append'>, work: Pick<WorkQueue, 'enqueue'>) {
  async function turnsOf({ waits, owner, userSession }: Authorization): Promise<TurnId[]> {
    const ids = waits.flatMap(({ waiter }) => TurnId.safeParse(waiter).data ?? [])
    const found = await Promise.all(ids.map(async (id) => ({ id, turn: await turns.read(id) })))
    return found.flatMap(({ id, turn }) => {
      const isOver = turn?.status === 'done' || turn?.status === 'failed'
      return turn?.owner === owner && turn.userSession === userSession && !isOver ? [id] : []
    })
  }

  return {
    /** How it ended; and the turns go on. */
    async tell(authorization: Authorization): Promise<void> {
      const event = eventOf(authorization)
      if (!event) return
      for (const id of await turnsOf(authorization)) {
        await turns.append(id, event)
        await work.enqueue({ turnId: id, kind: 'resume' })
      }
    },

    async tellSetAside(authorization: Authorization, instead: Authorization): Promise<void> {
      const { displayName } = instead
      const data = { authorizationId: authorization.id, instead: { displayName } }
      for (const id of await turnsOf(authorization)) await turns.append(id, { event: 'authorization_set_aside', data })
    },
  }
}

function eventOf({ id: authorizationId, end }: Authorization): TurnEvent | undefined {
  if (!end) return undefined
  const account = end.account === undefined ? {} : { account: end.account }
  return end.outcome === 'connected'
    ? { event: 'authorization_completed', data: { authorizationId, ...account } }
    : { event: 'authorization_failed', data: { authorizationId, code: end.code, ...account } }
}
