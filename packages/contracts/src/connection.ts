import { z } from 'zod'
import type { UserRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'

export const ConnectionStatus = z.enum([
  'not_connected',
  'consent_pending',
  'connected',
  'missing_scopes',
  'needs_reauthorization',
  'disconnected',
])
export type ConnectionStatus = z.infer<typeof ConnectionStatus>

/** One row of `GET /api/connections`. */
export const Connection = z.object({
  provider: ProviderId,
  displayName: z.string(),
  status: ConnectionStatus,
  /** Granted scopes, as descriptions. */
  scopes: z.array(z.string()),
  account: z.string().optional(),
  connectedAt: z.iso.datetime().optional(),
  /** The MCP client that last acted there, where there are any; `clientName` is what it calls itself. */
  lastUsedBy: z
    .object({ clientId: z.string(), clientName: z.string().optional(), usedAt: z.iso.datetime() })
    .optional(),
  /** Whether the agent asks the user before any change there; absent when no tool changes anything there. */
  askFirst: z.boolean().optional(),
})
export type Connection = z.infer<typeof Connection>

/**
 * Our own record of a connection, because AgentCore has no list. Sealed as a whole. After a loss, one call to AgentCore restores it.
 */
export const ConnectionRecord = z.object({
  status: z.enum(['connected', 'needs_reauthorization', 'disconnected']),
  /** Granted, space-separated and sorted: scopes are part of the vault's lookup key and must be requested again exactly. */
  scopes: z.string(),
  account: z.string().optional(),
  /** Unix time in milliseconds. */
  connectedAt: z.int().positive(),
})
export type ConnectionRecord = z.infer<typeof ConnectionRecord>

export const connectionKey = (user: UserRef, provider: ProviderId) => `connection:{${user}}:${provider}`
