import type { AccountNames } from '@agent-identity/authorization'
import type { ConnectionId } from '@agent-identity/contracts'
import { type OfferedTool, ToolFailure } from '@agent-identity/tools'
import { z } from 'zod'
import type { ToolRun } from './tool-run.ts'

export interface AccountOfCall {
  /** Where the call names an account. Else the turn keeps to one. */
  connection?: ConnectionId | undefined
  /** Where the user had several accounts when the run began, or the call names one; absent while the name is not known. */
  name?: string | undefined
  /** What the vendor calls it. */
  account?: string | undefined
}

const Named = z.object({ account: z.string().optional() })

export function withAccount({ inputSchema }: OfferedTool, accounts: AccountNames | undefined): z.ZodType {
  const [first, ...others] = accounts?.names ?? []
  if (first === undefined || !(inputSchema instanceof z.ZodObject) || 'account' in inputSchema.shape) return inputSchema
  const { byDefault } = accounts ?? {}
  const otherwise = byDefault === undefined ? 'the default is used' : `it is ${byDefault}`
  const description = `Which of the user's accounts. Only if the user's words name one; otherwise leave it out, and ${otherwise}.`
  return inputSchema.extend({
    account: z
      .enum([first, ...others])
      .optional()
      .describe(description),
  })
}

/**
 * The account that the call names, or the turn's. Must be called before anything is asked for or recorded: what the user confirms and what is done
 * must be for the same account.
 *
 * @param said what the model sent. A name in it counts even if the user has only one account by now.
 * @throws ToolFailure
 */
export async function accountOfCall(
  { provider, inputSchema }: OfferedTool,
  said: unknown,
  accounts: AccountNames | undefined,
  run: ToolRun,
): Promise<AccountOfCall | undefined> {
  const isOwnInput = inputSchema instanceof z.ZodObject && 'account' in inputSchema.shape
  // A blank name is none.
  const name = isOwnInput ? undefined : Named.safeParse(said).data?.account?.trim() || undefined
  let chosen: Awaited<ReturnType<ToolRun['access']['connectionFor']>>
  try {
    chosen = await run.access.connectionFor(provider.id, name)
  } catch (fault) {
    run.onFault(fault)
    throw new ToolFailure('This was stopped.')
  }
  if (chosen === 'unknown') throw new ToolFailure(`The user has no such account at ${provider.displayName}.`)
  if (!chosen) return undefined
  return {
    connection: name === undefined ? undefined : chosen.connection,
    account: chosen.name,
    name: accounts || name !== undefined ? chosen.name : undefined,
  }
}
