import type { ResourceAccess } from '@agent-identity/authorization'
import type { Turn, TurnErrorCode, TurnEvent, TurnId, TurnWork } from '@agent-identity/contracts'
import { type Audit, isRedisAway, type Logger } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { AgentEvent, AgentInput } from '../agent/agent-runner.ts'
import { type Run, SupersededError } from './run.ts'
import type { Turns } from './turns.ts'
import type { WorkQueue } from './work-queue.ts'

export interface RunTurnPorts {
  turns: Turns
  sessions: { find(ref: Turn['userSession']): Promise<CurrentUserSession | undefined> }
  accessFor(turn: { turnId: TurnId; run: Run; record: Turn }): ResourceAccess
  permissionsFor(turn: { turnId: TurnId; run: Run; record: Turn }): AgentInput['permissions']
  agent: { run(input: AgentInput): AsyncIterable<AgentEvent> }
  memoryFor(turn: { turnId: TurnId; run: Run }): AgentInput['memory']
  work: Pick<WorkQueue, 'enqueue'>
  audit: Audit
  log: Logger
}

/**
 * A turn that is taken over more often, and not suspended in between, fails: it may end each process that runs it, for example with a result too
 * large for the memory, and with the process the runs of other users. Once, because a process also dies for reasons of its own. A run that lost
 * Redis counts, too: its own writes may be the cause.
 */
const MOST_TAKE_OVERS = 1

/**
 * Step 2 and step 10. A work item that does not fit the status in the turn's record causes no run.
 *
 * @returns `elsewhere` when another run may have the turn: if that run dies, this item may be all that is left of the turn's work.
 */
export async function runTurn(
  work: TurnWork,
  stop: AbortSignal,
  ports: RunTurnPorts,
): Promise<'elsewhere' | undefined> {
  const { turnId } = work
  const claimed = await ports.turns.claim(turnId, work.kind)
  if (claimed === 'busy') return 'elsewhere'
  if (!claimed) return undefined
  const { run, turn: record, isTooLate } = claimed
  const which = { turnId, run: run.number, requestId: record.requestId }
  const lease = holdLease(turnId, run, ports, stop)
  try {
    if (isTooLate) {
      ports.log.warn(which, 'this turn is too old to run')
      await endWithError(turnId, run, record, 'turn_failed', ports)
      return undefined
    }
    if ((record.takeOvers ?? 0) > MOST_TAKE_OVERS)
      throw new Error('Too many of its runs, one after the other, did not end')
    await runClaimed({ turnId, run, record, signal: lease.signal }, ports)
  } catch (err) {
    if (err instanceof SupersededError || lease.lost.aborted) {
      ports.log.warn(which, 'another run has taken this turn over')
      return 'elsewhere'
    }
    if (stop.aborted) {
      ports.log.info(which, 'handing the turn over')
      await ports.turns.handOver(turnId, run, record)
      await ports.work.enqueue(work)
      return undefined
    }
    // The turn has not failed: the work is delivered again.
    if (isRedisAway(err)) throw err
    ports.log.error({ ...which, err }, 'turn failed')
    await endWithError(turnId, run, record, 'turn_failed', ports)
  } finally {
    lease.release()
  }
  return undefined
}

interface ClaimedRun {
  turnId: TurnId
  run: Run
  record: Turn
  signal: AbortSignal
}

async function runClaimed(claimed: ClaimedRun, ports: RunTurnPorts): Promise<void> {
  const { turnId, run, record, signal } = claimed
  for (;;) {
    // Every run checks again whether the user is signed in: a resumed one may start minutes later.
    const userSession = await ports.sessions.find(record.userSession)
    // No turn uses another user's tokens.
    if (userSession?.userRef !== record.owner) return endWithError(turnId, run, record, 'signed_out', ports)

    const ofTheTurn = { requestId: record.requestId, turnId, user: record.owner, userSession: record.userSession }
    const input = {
      turnId,
      message: record.message,
      askedAt: record.createdAt,
      userName: userSession.user.name,
      user: record.owner,
      access: ports.accessFor({ turnId, run, record }),
      effects: ports.turns.effects(turnId, run),
      permissions: ports.permissionsFor({ turnId, run, record }),
      audit: (event: Parameters<AgentInput['audit']>[0]) => ports.audit({ ...event, ...ofTheTurn }),
      memory: ports.memoryFor({ turnId, run }),
      signal,
    }
    const end = await publish(ports.agent.run(input), turnId, run, ports)
    signal.throwIfAborted()
    if (end.type === 'failed') return endWithError(turnId, run, record, end.code, ports)
    if (end.type === 'done') return ports.turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
    if ((await ports.turns.suspend(turnId, run)) === 'suspended') return
  }
}

/** @returns the agent's last event: how it ended. */
async function publish(
  events: AsyncIterable<AgentEvent>,
  turnId: TurnId,
  run: Run,
  ports: RunTurnPorts,
): Promise<Exclude<AgentEvent, { type: 'text' | 'tool' }>> {
  for await (const event of events) {
    if (event.type === 'text') await ports.turns.append(turnId, { event: 'text', data: { delta: event.delta } }, run)
    else if (event.type === 'tool')
      await ports.turns.append(turnId, { event: 'tool', data: { tool: event.tool, status: event.status } }, run)
    else return event
  }
  throw new Error('The agent ended without saying how')
}

async function endWithError(
  turnId: TurnId,
  run: Run,
  record: Turn,
  code: TurnErrorCode,
  ports: RunTurnPorts,
): Promise<void> {
  const events: TurnEvent[] = [
    { event: 'error', data: { code, requestId: record.requestId } },
    { event: 'done', data: {} },
  ]
  await ports.turns.end(turnId, run, 'failed', events)
}

/** Renews the lease until `release`. `signal` is aborted by `stop`, or when another run has taken over or the turn is gone. */
function holdLease(turnId: TurnId, run: Run, ports: RunTurnPorts, stop: AbortSignal) {
  const lost = new AbortController()
  const renew = setInterval(() => {
    ports.turns.renewLease(turnId, run).catch((error) => {
      if (error instanceof SupersededError) lost.abort(error)
    })
  }, ports.turns.leaseMs / 3)
  return { signal: AbortSignal.any([stop, lost.signal]), lost: lost.signal, release: () => clearInterval(renew) }
}
