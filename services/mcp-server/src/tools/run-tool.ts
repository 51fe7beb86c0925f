import type { AskFirstChoices, Calls, Live } from '@agent-identity/authorization'
import type { ConnectionId } from '@agent-identity/contracts'
import { VendorError } from '@agent-identity/provider-kit'
import {
  type Audit,
  type Clock,
  DisconnectedError,
  type Logger,
  type RedisClient,
  type Sealer,
  UnreadConnectionError,
} from '@agent-identity/service-runtime'
import {
  asksInAnyCase,
  auditedAct,
  brokenOff,
  ConfirmationNeeded,
  createEffects,
  DISCONNECTED,
  digestOf,
  failureOfAct,
  ToolFailure,
  UNKNOWN_OUTCOME,
  UNREAD,
  type VendorSlots,
  vendorFailure,
} from '@agent-identity/tools'
import { begunInConnection, effectsOfCall, keepBegun } from './effect-records.ts'
import { clientOf, type ToolCall } from './tool-call.ts'

export type ToolRunOutcome =
  | { outcome: 'done'; result: Record<string, unknown>; repeated: boolean }
  | { outcome: 'failed'; words: string }
  | AskFirst
  | { outcome: 'rejected'; reason: 'rejected' | 'scope-missing'; words: string }

/**
 * The user has to be asked, which no client can do yet. `unknown-account`: only if the change is not in their own account, which is not known while
 * it is not connected.
 */
export interface AskFirst {
  outcome: 'ask-first'
  displayName: string
  why: 'chosen' | 'always' | 'unknown-account'
}

export type CalledConnection = Pick<Live, 'id' | 'generation' | 'name'>

export interface BegunIn {
  connection: ConnectionId
  /** Of a change that was made. */
  result?: Record<string, unknown>
}

interface Dependencies {
  redis: RedisClient
  effectSealer: Sealer
  calls: Pick<Calls, 'during'>
  askFirst: Pick<AskFirstChoices, 'isOn'>
  vendorSlots: VendorSlots
  audit: Audit
  clock: Clock
  log: Logger
}

/** When the same call is sent again within `MCP_RETRY_SECONDS`, its change is not made again. */
export function createToolRunner(dependencies: Dependencies) {
  const { calls, askFirst, vendorSlots, clock, log } = dependencies
  /** No limit on changes: MCP asks clients to show each call to their user first. */
  const permissions = (call: ToolCall) => ({
    effectsPerTurn: Number.MAX_SAFE_INTEGER,
    asksFirst: async () => askFirst.isOn(call.caller.user, call.tool.provider.id),
    decisionOn: async () => 'none' as const,
  })

  /** @param account the connected one, by the name that the vendor gives it */
  async function asksFirst(call: ToolCall, account: string | undefined): Promise<AskFirst | undefined> {
    if (call.tool.does === 'read') return undefined
    const asks = questionOf(call, account)
    return asks.why !== 'chosen' || (await permissions(call).asksFirst()) ? asks : undefined
  }

  async function act(
    call: ToolCall,
    accessToken: string,
    of: CalledConnection,
  ): Promise<{ result: Record<string, unknown>; repeated: boolean }> {
    const { tool, input, caller, signal } = call
    const { name, provider, scopes, does, pastTense } = tool
    const audit = auditOf(call, dependencies.audit)
    const acting = (effectId: string) => () =>
      calls.during(
        caller.user,
        provider.id,
        of,
        async (connected) => {
          const bounded = { accessToken, effectId, now: clock(), signal: AbortSignal.any([signal, connected]) }
          try {
            return await auditedAct({ name, provider, scopes }, audit, () => tool.act(input, bounded))
          } catch (error) {
            // `connected` is also aborted when the call has taken too long: that is the vendor's failure.
            const { reason } = connected
            throw reason instanceof DisconnectedError
              ? brokenOff(error, reason, tool)
              : failureOfAct(error, tool, { log })
          }
        },
        { does: pastTense, client: clientOf(call) },
      )
    const retried = digestOfCall(call)
    if (does === 'read') return { result: await acting(retried)(), repeated: false }
    const effectsOf = await effectsOfCall(dependencies, caller.user, recordOf(call), of.id)
    const { name: callName, records, wasDone, isElsewhere } = effectsOf
    let fault: unknown
    let isBegun = false
    const effects = createEffects(callName, records, permissions(call), (reason) => {
      fault = reason
    })
    const id = effectOf(call, callName)
    const asksAnyway = asksInAnyCase(tool, input, of.name) !== false
    const effect = { id, provider: provider.id, asksFirst: asksAnyway, repeatable: does === 'repeatable-change' }
    try {
      const result = await effects.once(effect, () => {
        // A change that the vendor makes only once is refused, too: in another account the vendor would make it again.
        if (isElsewhere()) throw new ToolFailure(`This was begun before, in another account.${UNKNOWN_OUTCOME}`)
        isBegun = true
        return acting(id)()
      })
      return { result, repeated: wasDone() }
    } catch (error) {
      if (fault === undefined) throw error
      if (!isBegun) throw fault
      // Not "try again": the vendor may have made the change.
      log.error({ err: fault, tool: name }, 'the end of a change could not be recorded')
      throw new ToolFailure(`This was begun.${UNKNOWN_OUTCOME}`)
    }
  }

  /** A retried change keeps to its account, whichever is the default by now. */
  async function begunIn(call: ToolCall): Promise<BegunIn | undefined> {
    if (call.tool.does === 'read') return undefined
    const begun = await begunInConnection(dependencies, call.caller.user, recordOf(call), (name) =>
      effectOf(call, name),
    )
    if (!begun) return undefined
    const { connection, outcome } = begun
    return outcome === undefined ? { connection } : { connection, result: JSON.parse(outcome) }
  }

  async function run(call: ToolCall, accessToken: string, connection: CalledConnection): Promise<ToolRunOutcome> {
    const { tool, caller, signal } = call
    try {
      const done = await vendorSlots
        .of(caller.user)
        .take(tool.provider.id, signal, () => act(call, accessToken, connection))
      return { outcome: 'done', ...done }
    } catch (error) {
      if (error instanceof ConfirmationNeeded) return questionOf(call, connection.name)
      // The call to the vendor was not begun, or has changed nothing.
      if (error instanceof DisconnectedError) {
        const why = error instanceof UnreadConnectionError ? UNREAD : DISCONNECTED
        return { outcome: 'failed', words: why(tool.provider.displayName) }
      }
      if (error instanceof ToolFailure) return { outcome: 'failed', words: error.message }
      if (!(error instanceof VendorError)) throw error
      const words = vendorFailure(error, tool, { signal, log }).message
      const { reason } = error
      if (reason === 'token-rejected') return { outcome: 'rejected', reason: 'rejected', words }
      return reason === 'scope-missing' ? { outcome: 'rejected', reason, words } : { outcome: 'failed', words }
    }
  }

  return {
    run,
    asksFirst,
    begunIn,
    keepBegun: (call: ToolCall) => keepBegun(dependencies, call.caller.user, recordOf(call)),
  }
}

function questionOf({ tool, input }: ToolCall, account: string | undefined): AskFirst {
  const asks = asksInAnyCase(tool, input, account)
  const why = asks === true ? 'always' : asks || 'chosen'
  return { outcome: 'ask-first', displayName: tool.provider.displayName, why }
}

/** The account is left out: it is the same call, also when another account is the default by now. */
const digestOfCall = ({ caller, tool, input }: ToolCall) => digestOf(caller.clientId, tool.name, input)
const recordOf = (call: ToolCall) => digestOfCall(call).slice(0, 32)
const effectOf = ({ tool, input }: ToolCall, callName: string) => digestOf(callName, tool.name, input)

const auditOf =
  ({ caller }: ToolCall, audit: Audit): Parameters<typeof auditedAct>[1] =>
  (event) =>
    audit({ ...event, requestId: caller.requestId, user: caller.user, clientId: caller.clientId })
