import { VendorError } from '@agent-identity/provider-kit'
import { type Tool, type ToolContext, tool as toStrands } from '@strands-agents/sdk'
import type { z } from 'zod'
import type { OfferedTool } from '../../offered-providers.ts'
import { suspend } from '../suspension.ts'
import { auditedAct } from './audited-act.ts'
import { describeCall } from './describe-call.ts'
import { UNKNOWN_OUTCOME } from './effects.ts'
import { ConfirmationNeeded } from './permissions.ts'
import { ToolFailure, type ToolRun } from './tool-run.ts'
import { withAccessToken } from './with-access-token.ts'

/** A tool that acts for the user at a provider, for Strands: the part that is the same for all of them. */
export function strandsTool(offered: OfferedTool, run: ToolRun): Tool {
  const { name, description, inputSchema, provider } = offered
  return toStrands<z.ZodType, unknown>({
    name,
    description,
    inputSchema,
    async callback(input, context) {
      if (!context) throw new Error(`${name} runs inside of an agent only`)
      const effectId = run.effects.idOf(name, input)
      try {
        return await run.vendorSlots.take(provider.id, run.signal, () =>
          actOnce(offered, input, effectId, run, context),
        )
      } catch (error) {
        if (error instanceof ConfirmationNeeded) {
          const call = { effect: effectId, tool: name, provider: provider.id }
          run.unconfirmed.set(effectId, { call, shown: describeCall(offered, input) })
          return suspend(context, { effect: effectId })
        }
        throw error instanceof VendorError ? inWords(error, offered, run) : error
      }
    },
  })
}

function actOnce(
  offered: OfferedTool,
  input: unknown,
  effectId: string,
  run: ToolRun,
  context: ToolContext,
): Promise<Record<string, unknown>> {
  const { name, provider, scopes, does, asksFirst = false, act } = offered
  return withAccessToken(offered, run, context, async (accessToken) => {
    const call = { accessToken, effectId, now: run.clock(), signal: run.signal }
    const acting = () =>
      auditedAct({ name, provider: provider.id, scopes }, run.audit, () => act(input, call)).catch((error) => {
        throw expected(error, name, run)
      })
    if (does === 'read') return acting()
    const repeatable = does === 'repeatable-change'
    return run.effects.once({ id: effectId, provider: provider.id, asksFirst, repeatable }, acting)
  })
}

/** A mistake of ours is for the log; its message may hold anything. */
function expected(error: unknown, name: string, run: ToolRun): Error {
  if (error instanceof VendorError || error instanceof ToolFailure) return error
  run.log.error({ tool: name, error: error instanceof Error ? error.name : typeof error }, 'a tool failed unexpectedly')
  return new ToolFailure('That did not work.')
}

function inWords(error: VendorError, { name, provider, does }: OfferedTool, run: ToolRun): ToolFailure {
  const { reason, status, errorName } = error
  // A request that we have broken off ourselves says nothing about the vendor.
  if (!run.signal.aborted)
    run.log.warn(
      { tool: name, provider: provider.id, reason, status, error: errorName },
      'a vendor did not do what it was asked',
    )
  const unknown = does !== 'read' && reason === 'unavailable'
  return new ToolFailure(SENTENCES[reason](provider.displayName) + (unknown ? UNKNOWN_OUTCOME : ''))
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
