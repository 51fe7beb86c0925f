import type { z } from 'zod'

/** Something that the agent can do at a provider. It knows no agent framework: whoever runs it asks for the access. */
export interface ProviderTool<Schema extends z.ZodType = z.ZodType> {
  name: string
  description: string
  inputSchema: Schema
  /** What this call needs; what the user has granted already is asked for along with it. */
  scopes: readonly string[]
  /**
   * `change` when a call that was not answered may have changed something at the vendor; `repeatable-change` when the vendor
   * takes a second call with the same `effectId` for the first one.
   */
  does: 'read' | 'change' | 'repeatable-change'
  /** A change takes something away or replaces it; without it, changes only add. */
  destroys?: true
  /** The user confirms every change that it makes, whatever they have chosen. */
  asksFirst?: true
  /** @returns what the model gets to see. @throws VendorError */
  act(input: z.infer<Schema>, call: ToolCall): Promise<Record<string, unknown>>
}

export interface ToolCall {
  /** Or the API key, where that is what the provider takes. For this call only: it goes into no result and no log. */
  accessToken: string
  /** What is being done, the same in every run of the turn; hexadecimal. */
  effectId: string
  /** Unix time in milliseconds. */
  now: number
  /** Aborted when the run ends, for whatever reason. */
  signal: AbortSignal
}

/** The schema is checked against `act` here; a list of tools of different schemas has to forget it. */
export const defineTool = <Schema extends z.ZodType>(tool: ProviderTool<Schema>): ProviderTool =>
  tool as unknown as ProviderTool

/** What a provider's `tools.ts` makes: its tools, over one client. */
export interface ToolsAtWork {
  tools: readonly ProviderTool[]
}

/** Where users connect accounts of theirs. */
export interface ProviderAtWork extends ToolsAtWork {
  /** The name under which the user knows the account; nothing when the vendor does not say. @throws VendorError */
  account(accessToken: string, signal: AbortSignal): Promise<string | undefined>
}
