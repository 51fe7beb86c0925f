import type { ConnectedAccount } from '@agent-identity/contracts'
import type { z } from 'zod'

/** An ability of the agent at a provider. It knows no agent framework: its caller requests the access. */
export interface ProviderTool<Schema extends z.ZodType = z.ZodType> {
  name: string
  description: string
  /** What a call of it has done, for the list of uses that the user sees: "listed events". No more than 80 characters. */
  pastTense: string
  inputSchema: Schema
  /** The scopes of this call; scopes that the user has granted already are requested along with them. */
  scopes: readonly string[]
  /**
   * `change` when an unanswered call may have changed something at the vendor; `repeatable-change` when the vendor recognizes a second call with the same
   * `effectId` as a repetition.
   */
  does: 'read' | 'change' | 'repeatable-change'
  /** Its changes take something away or replace it; without this member they only add. */
  destroys?: true
  /** Every change of this tool needs the user's confirmation, whatever they have chosen. */
  asksFirst?: true
  /** @returns the result for the model. @throws VendorError */
  act(input: z.infer<Schema>, call: ToolCall): Promise<Record<string, unknown>>
}

export interface ToolCall {
  /** The access token, or the API key of a provider with one. For this call only: it must not be in a result or a log. */
  accessToken: string
  /** Identifies the change: the same in every run of a turn, and when an MCP client soon repeats its call; hexadecimal. */
  effectId: string
  /** Unix time in milliseconds. */
  now: number
  /**
   * Aborted when the run or the MCP client's call ends for any reason. Where users connect accounts, also when the user disconnects, and after a
   * minute.
   */
  signal: AbortSignal
}

/** The schema is checked against `act` here; a list of tools with different schemas loses that type. */
export const defineTool = <Schema extends z.ZodType>(tool: ProviderTool<Schema>): ProviderTool =>
  tool as unknown as ProviderTool

/** The result of a provider's `tools.ts`: its tools, which share one client of the vendor's API. */
export interface ToolsAtWork {
  tools: readonly ProviderTool[]
}

/** For a provider with consent, where users connect accounts. */
export interface ProviderAtWork extends ToolsAtWork {
  /**
   * The name under which the user knows the account, and what was granted (docs/your-provider.md). Called once after each consent, and again
   * when the name was not known and the user says "Use it". The token is in a header or a body, never in a URL. @throws VendorError
   */
  account(accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
}
