import { z } from 'zod'

/** 64 random bits, base64url. */
export const ConnectionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{11}$/)
  .brand<'ConnectionId'>()
export type ConnectionId = z.infer<typeof ConnectionId>

/** `clientName` is what the client calls itself: it proves nothing. */
export const McpClient = z.object({
  clientId: z.string().min(1).max(2_048),
  clientName: z.string().max(64).optional(),
})
export type McpClient = z.infer<typeof McpClient>
