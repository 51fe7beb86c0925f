import type { UserRef } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import type { AuthInfo } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** The client that calls, and the user for whom it calls. Both are read from a verified access token. */
export interface Caller {
  user: UserRef
  clientId: string
  /** Proves the user to AgentCore. It must not be sent to anyone else. */
  accessToken: string
  /** Unix time in milliseconds. */
  expiresAt: number
  requestId: string
}

const Extra = z.object({ issuer: z.string(), subject: z.string(), requestId: z.string().default('') })

/** @throws Error on a route without `requireAccessToken` */
export function callerOf(auth: AuthInfo | undefined): Caller {
  if (!auth) throw new Error('The access token was not verified on this route')
  const { issuer, subject, requestId } = Extra.parse(auth.extra)
  const { token: accessToken, clientId, expiresAt = 0 } = auth
  return { user: userRef({ issuer, subject }), clientId, accessToken, expiresAt: expiresAt * 1_000, requestId }
}
