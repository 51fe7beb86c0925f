import { DeploymentError } from '../deployment-error.ts'
import type { McpClientsAtOpenIdProvider, OpenIdProvider } from './options.ts'

export type McpTokenClaim = { client_id: readonly string[] } | { aud: string }

/** The clients whose access tokens the MCP server takes. */
export interface McpClients {
  readonly ids: readonly string[]
  /** A claim that only their access tokens have: IAM allows the MCP server to mint with no other token. */
  readonly tokenClaim: McpTokenClaim
  readonly scope: string
  /** The `aud` that a token must have if it has one. Default: `<app>/mcp`. */
  readonly audience?: string | undefined
}

/** Clients that are registered at an existing OpenID provider. @throws DeploymentError */
export function openIdMcpClients(
  provider: Pick<OpenIdProvider, 'tokenClaim'>,
  clients: McpClientsAtOpenIdProvider | undefined,
  resource: string,
): McpClients {
  if (!clients || clients.ids.length === 0)
    throw new DeploymentError(
      'The MCP server needs clients that are registered at your OpenID provider: name them in mcp.clients.ids.',
    )
  const { ids, audience, scope = 'mcp/tools' } = clients
  const { tokenClaim } = provider
  const aud = audience ?? resource
  // With one audience, IAM could not distinguish MCP clients' tokens from those of the users' sign-in.
  if (tokenClaim !== 'client_id' && tokenClaim.aud === aud)
    throw new DeploymentError(
      `The audience of MCP clients' tokens, "${aud}", must not be the audience of signIn.tokenClaim: set mcp.clients.audience.`,
    )
  return {
    ids,
    audience,
    scope,
    tokenClaim: tokenClaim === 'client_id' ? { client_id: ids } : { aud },
  }
}
