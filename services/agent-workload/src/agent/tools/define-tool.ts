import { PROVIDERS, type ProviderId } from '@agent-identity/contracts'
import { type Tool, type ToolContext, tool } from '@strands-agents/sdk'
import type { z } from 'zod'
import { suspend } from '../suspension.ts'
import { VendorError } from '../vendors/vendor-error.ts'
import { auditedAct } from './audited-act.ts'
import { describeCall } from './describe-call.ts'
import { UNKNOWN_OUTCOME } from './effects.ts'
import { ConfirmationNeeded } from './permissions.ts'
import { ToolFailure, type ToolRun } from './tool-run.ts'
import { withAccessToken } from './with-access-token.ts'

interface ToolDefinition<Schema extends z.ZodType> {
  name: string
  description: string
  inputSchema: Schema
  provider: ProviderId
  /** What this call needs; what the user has granted already is asked for along with it. */
  scopes: readonly string[]
  /**
   * `change` when a call that was not answered may have changed something at the vendor; `repeatable-change` when the vendor
   * takes a second call with the same `effectId` for the first one.
   */
  does: 'read' | 'change' | 'repeatable-change'
  /** The user confirms every change that it makes, whatever they have chosen. */
  asksFirst?: true
  /** @returns what the model gets to see. */
  act(input: z.infer<Schema>, call: ToolCall): Promise<Record<string, unknown>>
}

export interface ToolCall {
  accessToken: string
  /** What is being done, the same in every run of the turn; hexadecimal. */
  effectId: string
  run: ToolRun
}

/** A tool that acts for the user at a provider: the part that is the same for all of them. */
export function defineTool<Schema extends z.ZodType>(definition: ToolDefinition<Schema>): (run: ToolRun) => Tool {
  const { name, description, inputSchema, provider, does } = definition
  if (does !== 'read' && PROVIDERS[provider].readOnly) throw new Error(`${name} changes something at ${provider}`)
  return (run) =>
    tool<Schema, unknown>({
      name,
      description,
      inputSchema,
      async callback(input, context) {
        if (!context) throw new Error(`${name} runs inside of an agent only`)
        const effectId = run.effects.idOf(name, input)
        try {
          return await run.vendorSlots.take(provider, run.signal, () =>
            actOnce(definition, input, effectId, run, context),
          )
        } catch (error) {
          if (error instanceof ConfirmationNeeded) {
            const call = { effect: effectId, tool: name, provider }
            run.unconfirmed.set(effectId, { call, shown: describeCall(name, provider, input) })
            return suspend(context, { effect: effectId })
          }
          throw error instanceof VendorError ? inWords(error, definition, run) : error
        }
      },
    })
}

function actOnce<Schema extends z.ZodType>(
  definition: ToolDefinition<Schema>,
  input: z.infer<Schema>,
  effectId: string,
  run: ToolRun,
  context: ToolContext,
): Promise<Record<string, unknown>> {
  const { name, provider, does, asksFirst = false, act } = definition
  return withAccessToken(definition, run, context, async (accessToken) => {
    const acting = () =>
      auditedAct(definition, run.audit, () => act(input, { accessToken, effectId, run })).catch((error) => {
        throw expected(error, name, run)
      })
    if (does === 'read') return acting()
    return run.effects.once({ id: effectId, provider, asksFirst, repeatable: does === 'repeatable-change' }, acting)
  })
}

/** A mistake of ours is for the log; its message may hold anything. */
function expected(error: unknown, name: string, run: ToolRun): Error {
  if (error instanceof VendorError || error instanceof ToolFailure) return error
  run.log.error({ tool: name, error: error instanceof Error ? error.name : typeof error }, 'a tool failed unexpectedly')
  return new ToolFailure('That did not work.')
}

function inWords(error: VendorError, { name, provider, does }: ToolDefinition<z.ZodType>, run: ToolRun): ToolFailure {
  const { reason, status, errorName } = error
  // A request that we have broken off ourselves says nothing about the vendor.
  if (!run.signal.aborted)
    run.log.warn({ tool: name, provider, reason, status, error: errorName }, 'a vendor did not do what it was asked')
  const { displayName } = PROVIDERS[provider]
  const unknown = does !== 'read' && reason === 'unavailable'
  return new ToolFailure(SENTENCES[reason](displayName) + (unknown ? UNKNOWN_OUTCOME : ''))
}

const SENTENCES: Readonly<Record<VendorError['reason'], (name: string) => string>> = {
  'token-rejected': (name) => `${name} does not accept the access that it was asked for.`,
  'scope-missing': (name) => `${name} needs a permission for that which the user has not given.`,
  forbidden: (name) => `${name} does not allow that with the access that the user has given.`,
  'not-found': (name) => `${name} does not know that, or the user may not see it.`,
  conflict: (name) => `${name} did not accept that.`,
  invalid: (name) => `${name} did not accept that.`,
  'rate-limited': (name) => `${name} was asked too often. It may work again later.`,
  unavailable: (name) => `${name} does not answer as it should at the moment.`,
}
