import type { ConnectedAccount } from '@agent-identity/contracts'
import type { z } from 'zod'

/**
 * Where a change goes. `own`: to what is the user's own, whatever the arguments say. `other`: where others read it, or may. The function says so
 * by the arguments and the connected account, by the name that the vendor gives it; it is not called while that name is not known.
 */
export type Destination<Input> = 'own' | 'other' | ((input: Input, account: string) => 'own' | 'other')

type Effect<Input> =
  | { does: 'read'; destination?: never; destroys?: never; asksFirst?: never }
  | {
      /** `change`: an unanswered call may have changed something. `repeatable-change`: the vendor recognizes a second call with the same `effectId`. */
      does: 'change' | 'repeatable-change'
      /** The user confirms each change that goes elsewhere: text that the model has read may have chosen the arguments. */
      destination: Destination<Input>
      /** It takes something away or replaces it. */
      destroys?: true
      /** Every change needs the user's confirmation, whatever they have chosen. */
      asksFirst?: true
    }

export type ProviderTool<Schema extends z.ZodType = z.ZodType> = {
  name: string
  description: string
  /** Such as "listed events"; shown to the user; no more than 80 characters. */
  pastTense: string
  inputSchema: Schema
  scopes: readonly string[]
  /** @returns the result for the model. @throws VendorError */
  act(input: z.infer<Schema>, call: ToolCall): Promise<Record<string, unknown>>
} & Effect<z.infer<Schema>>

export interface ToolCall {
  /** Or the API key. It must not be in a result or a log. */
  accessToken: string
  /** Hexadecimal. Each attempt at a change in one turn has the same id; the same change in another turn has another. */
  effectId: string
  /** Unix time in milliseconds; in a turn, when the user asked: "today" stays the day of the question. */
  now: number
  /** The tool's requests must end when it is aborted. */
  signal: AbortSignal
}

export const defineTool = <Schema extends z.ZodType>(tool: ProviderTool<Schema>): ProviderTool =>
  tool as unknown as ProviderTool

export interface ToolsAtWork {
  tools: readonly ProviderTool[]
}

export interface ProviderAtWork extends ToolsAtWork {
  /** See docs/your-provider.md. The token must not be in a URL, which gets into logs. @throws VendorError */
  account(accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
}
