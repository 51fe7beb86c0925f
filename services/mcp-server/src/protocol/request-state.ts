import { AuthorizationId, CLIENT_AUTHORIZATION_TTL_SECONDS, type KeyRing } from '@agent-identity/contracts'
import { deriveSecrets } from '@agent-identity/service-runtime'
import { createRequestStateCodec, type RequestStateCodec, type ServerContext } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { callerOf } from '../access/caller.ts'

export const RequestState = z.object({ authorization: AuthorizationId })
export type RequestState = z.infer<typeof RequestState>

/** A link that is not opened expires five minutes earlier: in these minutes a retry is still served, and not refused. */
const TTL_SECONDS = CLIENT_AUTHORIZATION_TTL_SECONDS + 300

/**
 * An attacker can send another caller's or another call's `requestState`: the codec's tag binds it to user, client, tool and arguments.
 */
export function createRequestState(mcpKeys: KeyRing): RequestStateCodec<RequestState> {
  const [sealing, ...opening] = deriveSecrets(mcpKeys, 'mcp request state').map((key) =>
    createRequestStateCodec<RequestState>({ key, ttlSeconds: TTL_SECONDS, bind: boundTo }),
  )
  if (!sealing) throw new Error('MCP_KEYS has no key')
  return {
    mint: sealing.mint,
    async verify(state, context) {
      let failure: unknown
      for (const codec of [sealing, ...opening]) {
        try {
          return RequestState.parse(await codec.verify(state, context))
        } catch (error) {
          failure = error
        }
      }
      throw failure
    },
  }
}

function boundTo({ mcpReq, http }: ServerContext): string {
  const { user, clientId } = callerOf(http?.authInfo)
  const call = z.string().parse(http?.authInfo?.extra?.call)
  return JSON.stringify([mcpReq.method, user, clientId, call])
}
