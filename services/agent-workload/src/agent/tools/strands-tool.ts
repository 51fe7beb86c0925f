import { VendorError } from '@agent-identity/provider-kit'
import { auditedAct, ConfirmationNeeded, expectedFailure, type OfferedTool, vendorFailure } from '@agent-identity/tools'
import { type Tool, type ToolContext, tool as toStrands } from '@strands-agents/sdk'
import type { z } from 'zod'
import { suspend } from '../suspension.ts'
import { describeCall } from './describe-call.ts'
import type { ToolRun } from './tool-run.ts'
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
        throw error instanceof VendorError ? vendorFailure(error, offered, run) : error
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
        throw expectedFailure(error, name, run)
      })
    if (does === 'read') return acting()
    const repeatable = does === 'repeatable-change'
    return run.effects.once({ id: effectId, provider: provider.id, asksFirst, repeatable }, acting)
  })
}
