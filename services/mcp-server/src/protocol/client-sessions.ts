import type { KeyRing } from '@agent-identity/contracts'
import { createSealer, randomToken, UnsealError } from '@agent-identity/service-runtime'
import { z } from 'zod'
import { clientNameOf } from './client-name.ts'

/** What a client of MCP 2025-11-25 or 2025-06-18 says once, in `initialize`. */
const ClientSession = z.object({
  /** The client can show its user a link. */
  showsLinks: z.boolean(),
  name: z.string().max(64).optional(),
})
export type ClientSession = z.infer<typeof ClientSession>

/** A place of its own for each session: of one place only 2^32 values may be sealed. */
const placeOf = (name: string) => `mcp-session ${name}`

const Initialize = z.object({
  method: z.literal('initialize'),
  params: z.object({
    capabilities: z.object({ elicitation: z.object({ url: z.looseObject({}).optional() }).optional() }),
    clientInfo: z.object({ name: z.string().optional() }).optional(),
  }),
})

/**
 * For clients of MCP 2025-11-25 and 2025-06-18. The session id is a random name and the sealed session: any replica can read it. It gives no
 * access.
 */
export function createClientSessions(mcpKeys: KeyRing) {
  const sealer = createSealer(mcpKeys, 'mcp session')
  return {
    /** @returns an id when the request begins a session. */
    begin(message: unknown): string | undefined {
      const { data } = Initialize.safeParse(message)
      if (!data) return undefined
      const { capabilities, clientInfo } = data.params
      const name = clientNameOf(clientInfo?.name)
      const showsLinks = capabilities.elicitation?.url !== undefined
      const session: ClientSession = { showsLinks, ...(name ? { name } : {}) }
      const sessionName = randomToken(8)
      return `${sessionName}.${sealer.seal(JSON.stringify(session), placeOf(sessionName))}`
    },
    /**
     * Logs no warning: any client can send an id that does not open, and would set off the alarm `SealedRecords`.
     */
    read(id: string): ClientSession | undefined {
      const dot = id.indexOf('.')
      try {
        return ClientSession.safeParse(JSON.parse(sealer.open(id.slice(dot + 1), placeOf(id.slice(0, dot))))).data
      } catch (error) {
        if (error instanceof UnsealError || error instanceof SyntaxError) return undefined
        throw error
      }
    },
  }
}

export type ClientSessions = ReturnType<typeof createClientSessions>
