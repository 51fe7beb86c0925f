import type { ConnectedAccount } from '@agent-identity/contracts'
import type { z } from 'zod'

/** A tool knows no agent framework. Its caller requests the access. */
export interface ProviderTool<Schema extends z.ZodType = z.ZodType> {
  name: string
  description: string
  /** For the list of uses that the user sees: "listed events". No more than 80 characters. */
  pastTense: string
  inputSchema: Schema
  scopes: readonly string[]
  /**
   * `change` when an unanswered call may have changed something at the vendor; `repeatable-change` when the vendor recognizes a
   * second call with the same `effectId`.
   */
  does: 'read' | 'change' | 'repeatable-change'
  /** Its changes take something away or replace it. */
  destroys?: true
  /** Every change needs the user's confirmation, whatever they have chosen. */
  asksFirst?: true
  /** @returns the result for the model. @throws VendorError */
  act(input: z.infer<Schema>, call: ToolCall): Promise<Record<string, unknown>>
}

export interface ToolCall {
  /** The access token or the API key. It must not be in a result or a log. */
  accessToken: string
  /** Identifies the change, hexadecimal: a repetition of it has the same id. */
  effectId: string
  /**
   * Unix time in milliseconds. In a turn it is when the user asked, also after a wait for a consent or a confirmation: "today" stays
   * the day of the question, and a repetition of a change means the same day.
   */
  now: number
  /** Aborted when the tool must end: its requests must end with it. */
  signal: AbortSignal
}

export const defineTool = <Schema extends z.ZodType>(tool: ProviderTool<Schema>): ProviderTool =>
  tool as unknown as ProviderTool

export interface ToolsAtWork {
  tools: readonly ProviderTool[]
}

/** For a provider where users connect accounts. */
export interface ProviderAtWork extends ToolsAtWork {
  /**
   * The name under which the user knows the account, and what was granted (docs/your-provider.md). The token is in a header or a
   * body, never in a URL. @throws VendorError
   */
  account(accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
}
