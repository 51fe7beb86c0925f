import type { AccountNames } from '@agent-identity/authorization'
import { VendorError } from '@agent-identity/provider-kit'
import { DisconnectedError } from '@agent-identity/service-runtime'
import {
  asksInAnyCase,
  auditedAct,
  brokenOff,
  ConfirmationNeeded,
  expectedFailure,
  failureOfAct,
  type OfferedTool,
  ToolFailure,
  vendorFailure,
} from '@agent-identity/tools'
import { z } from 'zod'
import type { AgentTool, WaitsFor } from '../agent-loop.ts'
import { type AccountOfCall, accountOfCall, withAccount } from './account-of-call.ts'
import { describeCall } from './describe-call.ts'
import type { ToolRun } from './tool-run.ts'
import { ConsentNeeded, withAccessToken } from './with-access-token.ts'

/** @param accounts where the user has several, and the name of one is known. */
export function agentTool(offered: OfferedTool, run: ToolRun, accounts?: AccountNames): AgentTool {
  const { name, description, inputSchema, provider, does } = offered
  return {
    name,
    description,
    inputSchema: withAccount(offered, accounts),
    async call(said) {
      const { data: input, error: invalid } = inputSchema.safeParse(said)
      if (invalid) throw new ToolFailure(`The input does not fit. ${z.prettifyError(invalid)}`)
      const account = await accountOfCall(offered, said, accounts, run)
      // The same change in another account is another change. A call that names none is the same before and after the account is connected.
      const { connection } = account ?? {}
      const effectId = run.effects.idOf(name, connection === undefined ? input : { input, account: connection })
      try {
        const result = await run.vendorSlots.take(provider.id, run.signal, () =>
          actOnce(offered, input, { effectId, account }, run),
        )
        return { result }
      } catch (error) {
        const shown = account?.name === undefined ? input : { ...(input as object), account: account.name }
        const waitsFor = waitOf(error, offered, shown, effectId, run)
        if (waitsFor) return { waitsFor }
        const failure =
          error instanceof VendorError ? vendorFailure(error, offered, run) : expectedFailure(error, name, run)
        if (does === 'read') throw failure
        return { result: await run.effects.outcomeDespite(failure, effectId) }
      }
    },
  }
}

function waitOf(
  error: unknown,
  offered: OfferedTool,
  input: unknown,
  effect: string,
  { waits }: ToolRun,
): WaitsFor | undefined {
  if (error instanceof ConsentNeeded) {
    waits.authorizations.add(error.authorizationId)
    return { authorizationId: error.authorizationId }
  }
  if (error instanceof ConfirmationNeeded) {
    const call = { effect, tool: offered.name, provider: offered.provider.id }
    waits.unconfirmed.set(effect, { call, shown: describeCall(offered, input) })
    return { effect }
  }
  return undefined
}

function actOnce(
  offered: OfferedTool,
  input: unknown,
  { effectId, account }: { effectId: string; account: AccountOfCall | undefined },
  run: ToolRun,
): Promise<Record<string, unknown>> {
  const { name, provider, scopes, does, act } = offered
  return withAccessToken({ ...offered, connection: account?.connection }, run, async (accessToken) => {
    const acting = () =>
      whileConnected(offered, accessToken, run, async (signal) => {
        const call = { accessToken, effectId, now: run.askedAt, signal: AbortSignal.any([run.signal, signal]) }
        try {
          return await auditedAct({ name, provider, scopes }, run.audit, () => act(input, call))
        } catch (error) {
          // `signal` is also aborted when the call has taken too long: that is the vendor's failure.
          const { reason } = signal
          if (!(reason instanceof DisconnectedError)) throw failureOfAct(error, offered, run)
          // A change that may have been made is not begun again here.
          throw does === 'read' ? reason : brokenOff(error, reason, offered)
        }
      })
    if (does === 'read') return acting()
    const repeatable = does === 'repeatable-change'
    const asksFirst = asksInAnyCase(offered, input, account?.account) !== false
    return run.effects.once({ id: effectId, provider: provider.id, asksFirst, repeatable }, acting)
  })
}

async function whileConnected<Result>(
  { provider, pastTense }: OfferedTool,
  accessToken: string,
  run: ToolRun,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  try {
    return await run.access.whileConnected({ provider: provider.id, accessToken, does: pastTense }, call)
  } catch (fault) {
    const isKnown = [VendorError, ToolFailure, DisconnectedError].some((type) => fault instanceof type)
    if (isKnown) throw fault
    // The check whether the call may begin has failed.
    run.onFault(fault)
    throw new ToolFailure('This was stopped.')
  }
}
